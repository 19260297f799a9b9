import { isDeepStrictEqual } from 'node:util';
import { invalid } from './errors';
import { ExactSum } from './exact-sum';
import { IdDigest } from './id-digest';
import type { LedgerRecord } from './options';
import type { TotalsQuery, UsageTotal } from './usage-options';

interface Settings {
  now: () => number;
  kind: 'full' | 'digest';
  /** `Infinity`: an id is known for ever. */
  dedupeWindowMs: number;
}

interface Kept {
  record: LedgerRecord;
  at: number;
}

const dayMs = 86_400_000;

/** What was accepted: every record, or only the ids and the sums by day. */
export class Ledger {
  /** Accepted records. */
  count = 0;
  readonly #settings: Settings;
  #records: LedgerRecord[] = [];
  readonly #byId = new Map<string, Kept>();
  readonly #digest = new IdDigest();
  readonly #days = new Map<number, Sums>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** `new`: it is kept now. `other`: its id came with another content. */
  take(record: LedgerRecord): 'new' | 'duplicate' | 'other' {
    const content = this.#settings.kind === 'digest' ? contentOf(record) : '';
    const known = this.#find(record, content);
    if (known && known.at > this.#settings.now() - this.#settings.dedupeWindowMs) {
      return known.same ? 'duplicate' : 'other';
    }
    this.#keep(record, content);
    return 'new';
  }

  /** Empty when only a digest is kept. */
  records(): readonly LedgerRecord[] {
    return this.#records;
  }

  /** By subscription, then by meter. Records without one of them are in no sum. @throws 400 */
  totals({ from, to, subscription }: TotalsQuery = {}): UsageTotal[] {
    const [start, end] = [
      timeOf(from, 'from') ?? Number.NEGATIVE_INFINITY,
      timeOf(to, 'to') ?? Number.POSITIVE_INFINITY,
    ];
    const sums = this.#settings.kind === 'full' ? this.#sumsOfRecords(start, end) : this.#sumsOfDays(start, end);
    return sums.list().filter(total => subscription === undefined || total.subscription === subscription);
  }

  /** Everything is what was saved. */
  use(records: LedgerRecord[]): void {
    this.#records = [];
    this.#byId.clear();
    this.count = 0;
    for (const record of records) this.#keep(record, contentOf(record));
  }

  #find(record: LedgerRecord, content: string): { at: number; same: boolean } | null {
    if (this.#settings.kind === 'digest') {
      const found = this.#digest.find(record.id, content);
      return found && { at: found.seconds * 1000, same: found.same };
    }
    const known = this.#byId.get(record.id);
    return known ? { at: known.at, same: isDeepStrictEqual(known.record, record) } : null;
  }

  #keep(record: LedgerRecord, content: string): void {
    this.count += 1;
    const at = this.#settings.now();
    if (this.#settings.kind === 'full') {
      this.#records.push(record);
      this.#byId.set(record.id, { record, at });
      return;
    }
    this.#digest.put(record.id, content, Math.floor(at / 1000));
    const day = Math.floor((endOf(record) ?? at) / dayMs);
    const sums = this.#days.get(day) ?? new Sums();
    this.#days.set(day, sums);
    sums.add(record);
  }

  #sumsOfRecords(start: number, end: number): Sums {
    const sums = new Sums();
    for (const record of this.#records) {
      const at = endOf(record);
      if (
        at === null ? start === Number.NEGATIVE_INFINITY && end === Number.POSITIVE_INFINITY : at >= start && at < end
      ) {
        sums.add(record);
      }
    }
    return sums;
  }

  #sumsOfDays(start: number, end: number): Sums {
    if ([start, end].some(time => Number.isFinite(time) && time % dayMs !== 0)) {
      throw invalid('With a digest ledger, from and to must be the beginnings of days (UTC).');
    }
    const sums = new Sums();
    for (const [day, ofDay] of this.#days) if (day * dayMs >= start && day * dayMs < end) sums.addAll(ofDay);
    return sums;
  }
}

/** Sums by subscription and meter. */
class Sums {
  readonly #sums = new Map<string, Map<string, ExactSum>>();

  add({ subscription, meter, quantity }: LedgerRecord): void {
    if (typeof subscription !== 'string' || typeof meter !== 'string') return;
    this.#of(subscription, meter).add(String(quantity ?? 0));
  }

  addAll(other: Sums): void {
    for (const { subscription, meter, quantity, count } of other.list()) {
      const sum = this.#of(subscription, meter);
      sum.add(quantity);
      sum.count += count - 1;
    }
  }

  list(): UsageTotal[] {
    const totals = [...this.#sums].flatMap(([subscription, meters]) =>
      [...meters].map(([meter, sum]) => ({ subscription, meter, quantity: String(sum), count: sum.count })),
    );
    return totals.sort((one, other) => order(one.subscription, other.subscription) || order(one.meter, other.meter));
  }

  #of(subscription: string, meter: string): ExactSum {
    const meters = this.#sums.get(subscription) ?? new Map<string, ExactSum>();
    this.#sums.set(subscription, meters);
    const sum = meters.get(meter) ?? new ExactSum();
    meters.set(meter, sum);
    return sum;
  }
}

const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** The same whatever the order of the fields. */
const contentOf = (record: LedgerRecord): string =>
  JSON.stringify(Object.entries(record).sort(([one], [other]) => order(one, other)));

/** A time without a zone is UTC. */
function endOf({ endTime }: LedgerRecord): number | null {
  return typeof endTime === 'string' ? parsed(endTime) : null;
}

function timeOf(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const ms = parsed(text);
  if (ms === null) throw invalid(`${name} must be a time such as 2026-03-01T00:00:00Z.`);
  return ms;
}

function parsed(text: string): number | null {
  const zoned = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T');
  const ms = Date.parse(zoned ? text : `${text}Z`);
  return Number.isNaN(ms) ? null : ms;
}
