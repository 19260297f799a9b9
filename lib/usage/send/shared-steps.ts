import type { Clock } from '../../async/clock';
import { Coalescer } from '../../async/coalesce';
import type { EventOutcome } from '../../feeds/outcome';
import type { RebuildMark } from '../../feeds/records/batch';
import { settle } from '../../feeds/settle/settle';
import { readToken } from '../../feeds/token';
import type { Store, Tx } from '../../state/port';
import { type LongKeys, longKeysOf } from '../../state/tables/long-keys';
import type { MappingScope } from '../../state/tables/mapping-entry';
import type { Quantity } from '../quantity';
import { countDelivered } from '../totals/count';
import type { Days } from '../totals/days';
import { BillingIds } from './billing-ids';

/** The outcomes of single records of one batch, and the quantities of them that billing has. */
interface Settling {
  batch: string;
  outcomes: readonly EventOutcome[];
  taken: readonly Quantity[];
  rebuild: RebuildMark | null;
}

/** The steps of a delivery that messages with one record each share: a transaction for each message would take longer than
 *  everything else. */
export class SharedSteps {
  readonly #lookUp: Coalescer<readonly string[], ReadonlyMap<string, string>>;
  readonly #settling: Coalescer<Settling, null>;
  #longKeys: readonly LongKeys[] | null = null;

  constructor(store: Store, clock: Clock, scope: MappingScope, days: Days) {
    const ids = new BillingIds(scope);
    this.#lookUp = new Coalescer(async asked => {
      const wapIds = [...new Set(asked.flat())];
      // Relaxed: if a power cut takes back the mapping entry that was read, the id was right all the same.
      const read = await store.transaction(
        async tx => ({
          longKeys: this.#longKeys ?? (await longKeysOf(tx, scope.installation)),
          ids: await ids.read(tx, wapIds),
        }),
        { relaxed: true },
      );
      this.#longKeys = read.longKeys;
      const found = ids.remember(read.ids);
      return asked.map(() => found);
    });
    this.#settling = new Coalescer(async asked => {
      await store.transaction(async tx => {
        for (const [rebuild, taken] of byRebuild(asked))
          await countDelivered(tx, taken, { scope, days, rebuild, now: clock.now() });
        await settleTogether(tx, store, clock, asked);
      });
      return asked.map(() => null);
    });
  }

  /** WAP id → billing id of subscriptions that are mapped; it may hold more than was asked for. */
  billingIds(wapIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return wapIds.length === 0 ? Promise.resolve(new Map()) : this.#lookUp.ask(wapIds);
  }

  /** Keys that are sent as an older version made them; known once billing ids were looked up. */
  get longKeys(): readonly LongKeys[] {
    return this.#longKeys ?? [];
  }

  /** Settles what the token of a single record stands for. @throws STATE_DELIVERY */
  async settleSingle(settling: Settling): Promise<void> {
    await this.#settling.ask(settling);
  }
}

/** The batch and the record that a token stands for; null for the token of a whole batch, or of another feed. */
export function singleOf(token: string): { batch: string; eventId: number } | null {
  const read = readToken(token);
  return read && read.eventId !== null ? { batch: read.token, eventId: read.eventId } : null;
}

/** Quantities by the replay that counts totals from nothing; null for those of none. */
function byRebuild(asked: readonly Settling[]): Array<[RebuildMark | null, Quantity[]]> {
  const runs = new Map<string | null, [RebuildMark | null, Quantity[]]>();
  for (const { rebuild, taken } of asked) {
    const run = runs.get(rebuild?.run ?? null) ?? [rebuild, []];
    runs.set(rebuild?.run ?? null, run);
    run[1].push(...taken);
  }
  return [...runs.values()];
}

/** One call of `settle` for each batch, with the outcomes of all messages of it. */
async function settleTogether(tx: Tx, store: Store, clock: Clock, asked: readonly Settling[]): Promise<void> {
  const batches = new Map<string, EventOutcome[]>();
  for (const { batch, outcomes } of asked) {
    const others = batches.get(batch);
    if (others) others.push(...outcomes);
    else batches.set(batch, [...outcomes]);
  }
  for (const [batch, outcomes] of batches) await settle(store, clock, batch, outcomes, tx);
}
