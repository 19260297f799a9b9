import type { Store } from '../../state/port';
import { pageBody } from '../../state/tables/usage-page';
import type { UsageRecord } from '../../wap/types';
import { Bits } from '../bits';
import { readBody } from './body';
import type { Taken } from './take';

/** How many pages stay in memory. Those just read are sent next: this spares reading and parsing them again. */
const pages = 3;

/** The pages read last, as they were parsed. */
export class PageCache {
  readonly #pages = new Map<number, UsageRecord[]>();

  /** Keeps a page that was just stored, and forgets the oldest beyond the few. */
  keep(records: UsageRecord[]): void {
    const first = records[0];
    if (!first) return;
    this.#pages.set(first.EventId, records);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= pages) return;
      this.#pages.delete(oldest);
    }
  }

  /** The records that were taken. What is sent is not kept: it belongs to the flow, which may change it. */
  async part(store: Store, stream: number, { part, bodies, attempt }: Taken): Promise<UsageRecord[]> {
    if (!part) return bodies.map(body => JSON.parse(body) as UsageRecord);
    const { page, start, end } = part;
    const known = attempt === 1 ? this.#pages.get(page) : undefined;
    const whole = known ?? (await this.#read(store, stream, page));
    if (end >= whole.length) this.#pages.delete(page);
    else if (!known && attempt === 1) this.keep(whole);
    const records = start === 0 && end >= whole.length ? whole : whole.slice(start, end);
    if (part.done === '') return records;
    const done = new Bits(end - start, part.done);
    return records.filter((_, place) => !done.has(place));
  }

  /** From the store: after a restart, or when a batch is emitted again. */
  async #read(store: Store, stream: number, page: number): Promise<UsageRecord[]> {
    const stored = await store.transaction(tx => pageBody(tx, stream, page));
    return stored ? readBody(stored) : [];
  }
}
