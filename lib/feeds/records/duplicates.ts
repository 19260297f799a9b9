import { yieldToLoop } from '../../async/event-loop';
import { inChunks } from '../../async/in-chunks';
import type { Store, Tx } from '../../state/port';
import {
  addDigest,
  digestsOfPeriod,
  lastDigest,
  newestDigests,
  pruneDigests,
  type UsageDigest,
} from '../../state/tables/usage-digest';
import type { UsageRecord } from '../../wap/types';
import { fingerprintsOf, olderFingerprintOf, packPrints, unpackPrints } from './fingerprints';
import { PrintSet } from './print-set';

/** Older pages of the same period that are looked into for one new page. */
const olderPages = 200;

/** Recognises records that their provider sent before under another EventId, by fingerprints that are stored with each page:
 *  the newest from memory, older ones by their period from the store. */
export class DuplicateIndex {
  readonly #stream: number;
  readonly #salt: number;
  readonly #slots: number;
  readonly #recent: PrintSet;
  /** Digests below this are not, or not wholly, in memory. */
  #oldest = 0;
  /** In which digest the younger half in memory begins. */
  #youngFrom = 0;
  /** The number of the newest digest; the next page gets the one above it. */
  #last = 0;

  /** `slots`: how large each half of what is in memory may become. */
  constructor(stream: number, salt: number, slots = 1 << 20) {
    this.#stream = stream;
    this.#salt = salt;
    this.#slots = slots;
    this.#recent = new PrintSet(slots);
  }

  /** Reads what earlier pages left; once, before the first page. */
  async load(store: Store): Promise<void> {
    this.#last = await store.transaction(tx => lastDigest(tx, this.#stream));
    this.#oldest = this.#last + 1;
    const newest: UsageDigest[] = [];
    for (let loaded = 0; loaded < this.#slots; ) {
      const digests = await store.transaction(tx => newestDigests(tx, this.#stream, this.#oldest, 4));
      if (digests.length === 0) break;
      for (const digest of digests) {
        newest.push(digest);
        this.#oldest = digest.seq;
        loaded += digest.total;
      }
    }
    // The oldest first, because they are the first to be forgotten.
    for (const { seq, hashes } of newest.reverse()) {
      this.#remember(seq, unpackPrints(hashes));
      await yieldToLoop(); // others get their turn
    }
  }

  /** Which of the records (places) came before, or come twice in the page; and what to store and remember for the rest. */
  async check(store: Store, records: readonly UsageRecord[]): Promise<CheckedPage> {
    const prints = new Uint32Array(records.length * 2);
    const period = periodOf(records);
    const older = await this.#older(store, period);
    const inPage = new PrintSet();
    const isStored = (one: number, two: number) => this.#recent.has(one, two) || (older?.has(one, two) ?? false);
    const isStoredOtherwise = (record: UsageRecord | undefined) => {
      const before = record && olderFingerprintOf(record, this.#salt);
      return before ? isStored(...before) : false;
    };
    const duplicates: number[] = [];
    let place = 0;
    await inChunks(records, some => {
      prints.set(fingerprintsOf(some, this.#salt), place * 2);
      for (const end = place + some.length; place < end; place++) {
        const [one = 0, two = 0] = [prints[place * 2], prints[place * 2 + 1]];
        if (one === 0 && two === 0) continue;
        if (isStored(one, two) || inPage.has(one, two) || isStoredOtherwise(records[place])) duplicates.push(place);
        else inPage.add(one, two);
      }
    });
    return { prints, ...period, duplicates };
  }

  /** Stores the fingerprints of pages in the transaction that stores the pages. */
  async store(tx: Tx, pages: readonly CheckedPage[], now: number): Promise<void> {
    let seq = this.#last;
    for (const page of pages) await this.#add(tx, page, ++seq, now);
  }

  /** Stores the fingerprints of one page under its number. */
  async #add(tx: Tx, page: CheckedPage, seq: number, now: number): Promise<void> {
    const total = page.prints.length / 2;
    const { fromTime, toTime } = page;
    await addDigest(tx, this.#stream, {
      seq,
      total,
      hashes: packPrints(page.prints),
      fromTime,
      toTime,
      now,
    });
  }

  /** Remembers a page whose transaction has committed; one that fails must leave nothing behind here. */
  stored(page: CheckedPage): void {
    this.#last += 1;
    this.#remember(this.#last, page.prints);
  }

  /** Forgets fingerprints stored before `cutoff` (ms UTC), and all but those of the last `keepPages` pages. What is in memory
   *  stays. */
  async prune(tx: Tx, cutoff: number, keepPages: number): Promise<void> {
    await pruneDigests(tx, this.#stream, cutoff, this.#last - keepPages);
  }

  /** Fingerprints of stored pages that memory has forgotten and whose time overlaps; null when there are none. */
  async #older(store: Store, { fromTime, toTime }: Period): Promise<PrintSet | null> {
    if (this.#oldest <= 1) return null;
    const of = { fromTime, toTime, below: this.#oldest, limit: olderPages };
    const digests = await store.transaction(tx => digestsOfPeriod(tx, this.#stream, of));
    if (digests.length === 0) return null;
    const older = new PrintSet();
    for (const { hashes } of digests) addAll(older, unpackPrints(hashes));
    return older;
  }

  /** Takes a page into memory. When its half is full, the older half goes: digests from then on are looked up in the store. */
  #remember(seq: number, prints: Uint32Array): void {
    const before = this.#recent.turns;
    addAll(this.#recent, prints);
    if (this.#recent.turns === before) return;
    // The older half was forgotten, if there was one. The digest in which the other half begins was partly in it.
    if (before > 0) this.#oldest = this.#youngFrom + 1;
    this.#youngFrom = seq;
  }
}

/** Bounds as WAP writes times, which sort as text. */
interface Period {
  fromTime: string;
  toTime: string;
}

/** A page with its fingerprints, two numbers a record. */
export interface CheckedPage extends Period {
  prints: Uint32Array;
  /** Places of records that came before. */
  duplicates: number[];
}

/** Adds all but 0, 0, which stands for a record that cannot be told from others. */
function addAll(set: PrintSet, prints: Uint32Array): void {
  for (let at = 0; at < prints.length; at += 2) {
    const [one = 0, two = 0] = [prints[at], prints[at + 1]];
    if (one !== 0 || two !== 0) set.add(one, two);
  }
}

/** From the first to the last begin; to the second, which is where the forms of a time still agree. */
function periodOf(records: readonly UsageRecord[]): Period {
  let [fromTime, toTime] = ['~', ''];
  for (const { StartTime } of records) {
    if (StartTime < fromTime) fromTime = StartTime;
    if (StartTime > toTime) toTime = StartTime;
  }
  return { fromTime: fromTime.slice(0, 19), toTime: `${toTime.slice(0, 19)}~` };
}
