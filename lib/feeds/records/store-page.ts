import type { Store, Tx } from '../../state/port';
import { quarantineBody } from '../../state/tables/quarantine';
import { addException } from '../../state/tables/usage-exception';
import { addPage } from '../../state/tables/usage-page';
import { advanceStream, streamById, type UsageStream } from '../../state/tables/usage-stream';
import type { RecordPage } from '../../wap/client/usage';
import type { UsageRecord } from '../../wap/types';
import type { Alarm } from '../alarms';
import { fingerprint } from '../canonical';
import { takenOver } from '../sole-reader';
import { duplicateAlarm, holeAlarm, quarantineAlarms } from './alarms';
import { packBody, type StoredBody } from './body';
import { refreshDelivered } from './delivered';
import type { CheckedPage, DuplicateIndex } from './duplicates';
import { type Examined, examine, type NewPage } from './examine';
import { fillGaps, noteGap } from './gaps';
import { packIds } from './ids';

export interface StoredRecords {
  /** Records that are new here, late ones and duplicates included. */
  fresh: number;
  /** Pages that were stored, for who emits them next. */
  pages: UsageRecord[][];
  alarms: Alarm[];
}

/** A page on its way into the store. */
interface Prepared extends NewPage {
  checked: CheckedPage;
  duplicates: UsageRecord[];
  stored: StoredBody | null;
}

/** Stores one page and moves the cursor, in one transaction; nothing of it is kept when that fails. Safe to repeat.
 *  @throws STATE_READER when another start of the same reader has taken over. */
export async function storeRecords(
  store: Store,
  stream: UsageStream,
  index: DuplicateIndex,
  page: RecordPage,
  options: StoreOptions,
): Promise<StoredRecords> {
  return storeExamined(store, stream, index, await examine(store, stream, page), options);
}

/** `marked`: ids that count as duplicates whatever the index says. `holeIds`: a gap of this many ids raises an alarm. `after`: what
 *  else belongs into the same transaction. */
export interface StoreOptions {
  marked: ReadonlySet<number>;
  holeIds: number;
  now: number;
  after(tx: Tx): Promise<void>;
}

/** See `storeRecords`. */
export async function storeExamined(
  store: Store,
  stream: UsageStream,
  index: DuplicateIndex,
  examined: Examined,
  options: StoreOptions,
): Promise<StoredRecords> {
  const { now } = options;
  const prepared: Prepared[] = [];
  for (const part of [examined.late, examined.fresh]) {
    if (part) prepared.push(await prepare(store, index, part, options.marked));
  }
  const quarantined = await store.transaction(async tx => {
    await move(tx, stream, examined, now);
    for (const part of prepared) await addPart(tx, stream.id, part, now);
    await noteIds(tx, stream, examined, now);
    const checked = prepared.map(part => part.checked);
    await index.store(tx, checked, now);
    const ids = await quarantine(tx, stream.installation, examined.changed, now);
    await options.after(tx);
    const moved = await streamById(tx, stream.id);
    if (moved) await refreshDelivered(tx, moved);
    return ids;
  });
  for (const part of prepared) index.stored(part.checked);
  const duplicates = prepared.flatMap(part => part.duplicates.map(record => record.EventId));
  const { holeIds } = options;
  const wide = examined.holes.filter(([from, to]) => holeIds > 0 && to - from + 1 >= holeIds);
  const alarms = [...quarantineAlarms(quarantined), ...duplicateAlarm(duplicates), ...holeAlarm(wide)];
  const pages = prepared.map(part => part.records).filter(records => records.length > 0);
  const fresh = prepared.reduce((sum, part) => sum + part.records.length + part.duplicates.length, 0);
  return { fresh, pages, alarms };
}

/** Takes the duplicates out. */
async function prepare(
  store: Store,
  index: DuplicateIndex,
  part: NewPage,
  marked: ReadonlySet<number>,
): Promise<Prepared> {
  const checked = await index.check(store, part.records);
  const out = new Set(checked.duplicates);
  if (marked.size > 0) {
    part.records.forEach((record, place) => {
      if (marked.has(record.EventId)) out.add(place);
    });
  }
  if (out.size === 0) return { ...part, checked, duplicates: [], stored: await packBody(part.json) };
  const records = part.records.filter((_, place) => !out.has(place));
  const duplicates = part.records.filter((_, place) => out.has(place));
  const stored = records.length > 0 ? await packBody(part.json) : null;
  return { ...part, records, checked, duplicates, stored };
}

/** Moves the cursor. @throws STATE_READER when another start of the reader has taken the stream over */
async function move(tx: Tx, stream: UsageStream, { fresh, late }: Examined, now: number): Promise<void> {
  const to = {
    fetched: fresh?.records.at(-1)?.EventId ?? -1,
    fresh: (fresh?.records.length ?? 0) + (late?.records.length ?? 0),
    lastTime: fresh?.records.at(-1)?.EndTime ?? null,
    caughtUp: false,
    now,
  };
  if (await advanceStream(tx, stream, to)) return;
  throw takenOver('usage', stream);
}

/** Remembers which ids are missing, and that some are no more; what a replay reads is past. */
async function noteIds(tx: Tx, { id, run }: UsageStream, { fresh, late }: Examined, now: number): Promise<void> {
  if (run !== '') return;
  const idsOf = ({ records }: NewPage) => records.map(record => record.EventId);
  if (fresh) await noteGap(tx, id, { before: fresh.before, ids: idsOf(fresh) }, now);
  if (late) await fillGaps(tx, id, idsOf(late));
}

/** Adds the records as one row, and each duplicate as a row of its own, which is never emitted. */
async function addPart(tx: Tx, stream: number, part: Prepared, now: number): Promise<void> {
  const { records, duplicates, stored } = part;
  const [first, last] = [records[0], records.at(-1)];
  if (first && last && stored) {
    const ids = packIds(records.map(record => record.EventId));
    const range = { firstId: first.EventId, lastId: last.EventId, total: records.length, ids };
    await addPage(tx, stream, { ...range, before: beforeFirst(part, first.EventId), ...stored, now });
  }
  for (const record of duplicates) {
    await addException(tx, stream, {
      eventId: record.EventId,
      before: -1,
      status: 'duplicate',
      attempts: 0,
      dueAt: now,
      reason: 'Its provider had sent the same record under another EventId.',
      subscriptionId: record.SubscriptionId,
      body: JSON.stringify(record),
      now,
    });
  }
}

/** Duplicates at the beginning are settled already. */
function beforeFirst({ before, duplicates }: Prepared, first: number): number {
  return duplicates.reduce((most, { EventId: id }) => (id < first ? Math.max(most, id) : most), before);
}

/** Answers the ids that are in quarantine for the first time with this body. */
async function quarantine(tx: Tx, installation: string, changed: UsageRecord[], now: number): Promise<number[]> {
  const ids: number[] = [];
  for (const record of changed) {
    const isNew = await quarantineBody(tx, installation, {
      feed: 'usage',
      eventId: record.EventId,
      body: JSON.stringify(record),
      hash: fingerprint(record),
      now,
    });
    if (isNew) ids.push(record.EventId);
  }
  return ids;
}
