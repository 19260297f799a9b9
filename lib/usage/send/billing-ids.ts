import { inChunks } from '../../async/in-chunks';
import type { Tx } from '../../state/port';
import { billingIdsOf } from '../../state/tables/mapping';
import type { MappingScope } from '../../state/tables/mapping-entry';
import { lastChange } from '../../state/tables/mapping-history';

/** The mapping's kind of a subscription. */
const subscriptionKind = 'subscription';

/** About 5 MB. */
const most = 20_000;

/** What one look brought, not yet remembered: its transaction may run again. */
interface ReadBillingIds {
  /** The last change of the mapping. */
  asOf: number;
  /** What was remembered before is not to be trusted any more, or is too much. */
  isAnew: boolean;
  found: ReadonlyArray<readonly [wapId: string, billingId: string]>;
}

/** Billing's ids of subscriptions, remembered until somebody changes the mapping. */
export class BillingIds {
  readonly #scope: MappingScope;
  #known = new Map<string, string>();
  #asOf = 0;

  constructor(scope: MappingScope) {
    this.#scope = scope;
  }

  /** Reads what is not remembered; `remember` takes it when the transaction is over. */
  async read(tx: Tx, wapIds: readonly string[]): Promise<ReadBillingIds> {
    const asOf = await lastChange(tx, this.#scope);
    const isAnew = asOf !== this.#asOf || this.#known.size > most;
    const unknown = isAnew ? wapIds : wapIds.filter(id => !this.#known.has(id));
    const found: Array<readonly [string, string]> = [];
    await inChunks(unknown, async some => {
      for (const pair of await billingIdsOf(tx, this.#scope, subscriptionKind, some)) found.push(pair);
    });
    return { asOf, isAnew, found };
  }

  /** WAP id → billing id of those that are mapped; it may hold ids that were not asked for. */
  remember({ asOf, isAnew, found }: ReadBillingIds): ReadonlyMap<string, string> {
    if (isAnew) this.#known = new Map();
    this.#asOf = asOf;
    for (const [wapId, billingId] of found) this.#known.set(wapId, billingId);
    return this.#known;
  }
}
