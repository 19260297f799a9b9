import type { Store } from '../../state/port';
import { exceptionsBetween } from '../../state/tables/usage-exception';
import { lastIdBelow, pageBody, pagesBetween, type UsagePage } from '../../state/tables/usage-page';
import type { UsageStream } from '../../state/tables/usage-stream';
import { recordPage } from '../../wap/client/read-record';
import type { RecordPage } from '../../wap/client/usage';
import type { UsageRecord } from '../../wap/types';
import { fingerprint } from '../canonical';
import type { IdRange } from '../id-ranges';
import { readBody } from './body';
import { idsOf } from './ids';

/** Records that go into one row together, in order of ids. */
export interface NewPage extends RecordPage {
  /** The stored id below the first. */
  before: number;
}

/** What a page that was read holds for us. */
export interface Examined {
  /** Records above the cursor. */
  fresh: NewPage | null;
  /** Records below the cursor that were not there before. */
  late: NewPage | null;
  /** Records that came with another body than before under the same id. */
  changed: UsageRecord[];
  /** Ids that are missing before and between the fresh ones: first and last of each gap. */
  holes: IdRange[];
}

/** Records that were missing, and nothing else; `below` is the stored id below the first of them. */
export function onlyLate(page: RecordPage, below: number): Examined {
  return { fresh: null, late: { ...page, before: below }, changed: [], holes: [] };
}

/** Parts a page into what is new, late, known and changed. Only ids at or below the cursor are looked up. */
export async function examine(store: Store, stream: UsageStream, page: RecordPage): Promise<Examined> {
  const { records } = page;
  const { fetched, forgotten, toId } = stream;
  const last = toId ?? Number.POSITIVE_INFINITY;
  const first = records[0];
  const isAllNew = first !== undefined && first.EventId > fetched && (records.at(-1)?.EventId ?? 0) <= last;
  if (isAllNew && isStrictlyAscending(records)) return freshOnly(stream, page);
  const again = records.filter(({ EventId: id }) => id <= fetched && id > forgotten);
  const changed: UsageRecord[] = [];
  const late = again.length > 0 ? await lateOf(store, stream, again, changed) : null;
  const kept = firstOfEach(
    records.filter(({ EventId: id }) => id > fetched && id <= last),
    changed,
  );
  const fresh = kept.length > 0 ? freshOnly(stream, recordPage(kept)) : null;
  return { fresh: fresh?.fresh ?? null, holes: fresh?.holes ?? [], late, changed };
}

/** A page of nothing but new records, which is nearly every page: nothing is looked up. */
function freshOnly({ fetched }: UsageStream, page: RecordPage): Examined {
  const holes: IdRange[] = [];
  let before = fetched;
  for (const { EventId: id } of page.records) {
    // Before the very first record there is no hole: WAP has deleted what was there.
    if (before >= 0 && id > before + 1) holes.push([before + 1, id - 1]);
    before = id;
  }
  return { fresh: { ...page, before: fetched }, late: null, changed: [], holes };
}

/** One record an id; another body under the same one goes to `changed`. */
function firstOfEach(records: UsageRecord[], changed: UsageRecord[]): UsageRecord[] {
  const kept: UsageRecord[] = [];
  for (const record of records) {
    const before = kept.at(-1);
    if (before?.EventId !== record.EventId) kept.push(record);
    else if (!isSame(before, record)) changed.push(record);
  }
  return kept;
}

/** What is stored between two ids, both included, and around them: pages are whole. */
export async function knownBetween(store: Store, stream: number, from: number, to: number) {
  const { pages, bodies, singles } = await store.transaction(async tx => {
    const found = await pagesBetween(tx, stream, from, to);
    return {
      pages: found,
      bodies: await Promise.all(found.map(page => pageBody(tx, stream, page.firstId))),
      singles: await exceptionsBetween(tx, stream, from, to),
    };
  });
  const known = new Map<number, UsageRecord>();
  for (const [id, body] of singles) known.set(id, JSON.parse(body) as UsageRecord);
  for (const stored of bodies) {
    if (!stored) continue;
    for (const record of await readBody(stored)) known.set(record.EventId, record);
  }
  return { known, pages, singles };
}

/** What of the records below the cursor was not there before; what differs from before goes to `changed`. */
async function lateOf(
  store: Store,
  stream: UsageStream,
  again: UsageRecord[],
  changed: UsageRecord[],
): Promise<NewPage | null> {
  const [from, to] = [again[0]?.EventId ?? 0, again.at(-1)?.EventId ?? 0];
  const { known, pages, singles } = await knownBetween(store, stream.id, from, to);
  const late = firstOfEach(
    again.filter(record => !known.has(record.EventId)),
    changed,
  );
  changed.push(...again.filter(record => !isSame(known.get(record.EventId) ?? record, record)));
  const [first] = late;
  if (!first) return null;
  const below = await store.transaction(tx => lastIdBelow(tx, stream.id, from));
  return { ...recordPage(late), before: idBefore(first.EventId, pages, singles, below) };
}

/** The stored id next below one. */
function idBefore(id: number, pages: UsagePage[], singles: Map<number, string>, below: number): number {
  const lower = [...pages.flatMap(idsOf), ...singles.keys()].filter(each => each < id);
  return lower.reduce((most, each) => Math.max(most, each), below);
}

/** Whether two bodies say the same, cheapest check first; see `fingerprint` for what does not count. */
export function isSame(one: UsageRecord, other: UsageRecord): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other) || fingerprint(one) === fingerprint(other);
}

/** No id comes twice, and none out of order. */
function isStrictlyAscending(records: readonly UsageRecord[]): boolean {
  return records.every((record, index) => index === 0 || record.EventId > (records[index - 1]?.EventId ?? -1));
}
