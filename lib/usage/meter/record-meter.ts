import { inChunks } from '../../async/in-chunks';
import { AdapterError } from '../../errors';
import { wholeRecord } from '../../feeds/outcome';
import { settle } from '../../feeds/settle/settle';
import { tellSettled } from '../../feeds/settled';
import type { UsageRecord } from '../../wap/types';
import type { Quantity } from '../quantity';
import { meterRecords } from './meter';
import type { MeterContext, Taken, UsageMeter } from './usage-meter';

/** Meters each record by itself and keeps nothing. */
export class RecordMeter implements UsageMeter {
  readonly #context: MeterContext;

  constructor(context: MeterContext) {
    this.#context = context;
  }

  /** See `UsageMeter`. Quantities are settled by whoever sends them. */
  async take(
    records: readonly UsageRecord[],
    origin: { feed: string; token: string | null },
    aside: (found: Taken) => void,
  ): Promise<Taken> {
    const { installation, book } = this.#context;
    const quantities: Quantity[] = [];
    const found: Taken = { quantities, unknown: [], odd: [] };
    await inChunks(records, some => {
      const metered = meterRecords(some, book, { installation, ...origin });
      quantities.push(...metered.quantities);
      found.unknown.push(...metered.unknown);
      found.odd.push(...metered.odd);
    });
    aside(found);
    if (origin.token !== null) await this.#settleOthers(records, quantities, origin.token);
    return found;
  }

  /** Settles the records without a quantity: nothing goes on from here that could acknowledge them. */
  async #settleOthers(records: readonly UsageRecord[], quantities: readonly Quantity[], token: string): Promise<void> {
    const { store, clock, settled, party, messages } = this.#context;
    const metered = new Set(quantities.map(({ recordId }) => recordId));
    const others = records.filter(({ EventId }) => !metered.has(EventId));
    if (others.length === 0) return;
    const outcomes = others.map(({ EventId }) => wholeRecord(EventId, { result: 'delivered' }, party));
    try {
      await settle(store, clock, token, outcomes);
    } catch (error) {
      // What can be billed goes on, and the node that acknowledges it meets the same error.
      if (!(error instanceof AdapterError && error.code === 'STATE_DELIVERY')) throw error;
      messages.failed(error);
      return;
    }
    tellSettled(settled);
  }

  /** Nothing closes by itself, because nothing is kept. */
  async run(): Promise<void> {}

  close(): void {}

  async status(): Promise<null> {
    return null;
  }
}
