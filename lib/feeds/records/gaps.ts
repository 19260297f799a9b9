import type { Tx } from '../../state/port';
import {
  addGap,
  dropGap,
  dueGaps,
  farGaps,
  gapsBetween,
  gapsReadBy,
  keepNearestGaps,
  postponeGap,
  setGapIds,
  type UsageGap,
} from '../../state/tables/usage-gap';
import type { UsageStream } from '../../state/tables/usage-stream';
import { type Alarm, missingAlarm } from '../alarms';
import { type IdRange, missingOf } from '../id-ranges';
import { idsOf, packIds } from './ids';
import type { RecordOptions } from './options';

/** A stretch that was read lately is asked for again after this: at the next turn, not within the same one. */
const soonMs = 45_000;
/** Stretches kept: those nearest to the cursor. While WAP's past is read for the first time, nothing of it comes late. */
const mostKept = 2000;
/** The same while WAP's past is read for the first time. */
const mostAtFirst = 100;
/** Records in one request, WAP's own limit (dn532189). */
const mostAsked = 10_000;
/** Records that may have come in a stretch since. */
const mayHaveCome = 200;

/** Remembers what is missing before and between records that come for the first time. `before`: the id below them that is
 *  known, -1 for none: what was there before the first record of all was deleted by WAP. */
export async function noteGap(
  tx: Tx,
  stream: number,
  { before, ids }: { before: number; ids: readonly number[] },
  now: number,
): Promise<void> {
  const [first = 0, last = 0] = [ids[0], ids.at(-1)];
  const from = before >= 0 ? before + 1 : first;
  if (last - from + 1 === ids.length) return;
  await addGap(tx, stream, { from, to: last, firstId: first, total: ids.length, ids: packIds(ids), readAt: now });
}

/** Notes that missing ids have come. */
export async function fillGaps(tx: Tx, stream: number, ids: readonly number[]): Promise<void> {
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return;
  for (const gap of await gapsBetween(tx, stream, first, last)) {
    const known = new Set(idsOf(gap));
    for (const id of ids) if (id >= gap.from && id <= gap.to) known.add(id);
    const all = [...known].sort((one, other) => one - other);
    if (all.length === gap.to - gap.from + 1) await dropGap(tx, stream, gap.from);
    else await setGapIds(tx, stream, { from: gap.from, firstId: all[0] ?? 0, total: all.length, ids: packIds(all) });
  }
}

/** Stretches that one request can ask for again. */
export interface GapsToAsk {
  gaps: UsageGap[];
  startId: number;
  batchSize: number;
}

/** The stretch that has waited longest, with as many of the due ones above it as fit one request; null when none is due. */
export async function gapsToAsk(tx: Tx, stream: number, pageSize: number, now: number): Promise<GapsToAsk | null> {
  const due = await dueGaps(tx, stream, now, 200);
  const [first] = due;
  if (!first) return null;
  const gaps: UsageGap[] = [];
  let records = 0;
  let end = first.from - 1;
  for (const gap of due) {
    // Between two stretches nothing is missing, unless it was given up.
    const more = gap.from - end - 1 + gap.total;
    if (gaps.length > 0 && records + more > pageSize) break;
    gaps.push(gap);
    records += more;
    end = gap.to;
  }
  return { gaps, startId: first.from, batchSize: Math.min(mostAsked, Math.max(pageSize, records + mayHaveCome)) };
}

/** Which ids of the stretches have come by now, and the known id below the first of them. */
export function lateIn(gaps: readonly UsageGap[], ids: readonly number[]): { late: Set<number>; below: number } {
  const late = new Set<number>();
  let below = -1;
  for (const gap of gaps) {
    const known = idsOf(gap);
    const has = new Set(known);
    for (const id of ids) {
      if (id < gap.from || id > gap.to || has.has(id)) continue;
      if (late.size === 0) below = known.findLast(each => each < id) ?? gap.from - 1;
      late.add(id);
    }
  }
  return { late, below };
}

/** Stretches are asked for again at each turn while they are young, and then ever less often. */
export async function postponeGaps(
  tx: Tx,
  stream: number,
  gaps: readonly UsageGap[],
  { overlapMs, now }: { overlapMs: number; now: number },
): Promise<void> {
  for (const { from, readAt } of gaps) {
    const age = now - readAt;
    await postponeGap(tx, stream, from, now + (age < overlapMs ? soonMs : age));
  }
}

/** Gives up what has been missing for too long, and what is more than can be kept; with alarms, if it is to be waited for at
 *  all. */
export async function giveUpGaps(
  tx: Tx,
  { id: stream, caughtUpAt }: UsageStream,
  { overlapMs, missingMs }: Pick<RecordOptions, 'overlapMs' | 'missingMs'>,
  now: number,
): Promise<Alarm[]> {
  if (caughtUpAt === null) await keepNearestGaps(tx, stream, mostAtFirst);
  const old = await gapsReadBy(tx, stream, now - Math.max(overlapMs, missingMs), mostKept);
  const missing = await giveUp(tx, stream, old);
  const far = caughtUpAt === null ? [] : await farGaps(tx, stream, mostKept, mostKept);
  const more = await giveUp(tx, stream, far);
  if (missingMs === 0) return [];
  const waited = now - Math.max(...far.map(({ readAt }) => readAt));
  return [...missingAlarm('usage', missing, missingMs), ...missingAlarm('usage', more, waited)];
}

/** Forgets stretches and answers what was missing in them. */
async function giveUp(tx: Tx, stream: number, gaps: readonly UsageGap[]): Promise<IdRange[]> {
  const missing: IdRange[] = [];
  for (const gap of gaps) {
    missing.push(...missingOf(idsOf(gap), gap.from, gap.to));
    await dropGap(tx, stream, gap.from);
  }
  return missing;
}
