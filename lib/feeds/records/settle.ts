import { inChunks } from '../../async/in-chunks';
import { AdapterError } from '../../errors';
import type { Tx } from '../../state/port';
import {
  addException,
  changeException,
  deliverException,
  type ExceptionStatus,
  exceptionsOf,
  findException,
} from '../../state/tables/usage-exception';
import { findPage, pageBody, pagesBetween, settlePage } from '../../state/tables/usage-page';
import {
  keepSliceOut,
  noteSlice,
  setSliceFree,
  settleSlice,
  sliceAt,
  sliceOf,
  type UsageSlice,
} from '../../state/tables/usage-slice';
import { streamById, type UsageStream } from '../../state/tables/usage-stream';
import type { UsageRecord } from '../../wap/types';
import { Bits } from '../bits';
import type { EventOutcome, Outcome, Settled } from '../events/delivery';
import type { RecordToken } from '../token';
import { readBody } from './body';
import { refreshDelivered } from './delivered';
import { PartIds } from './ids';
import { recordDefaults } from './options';

interface Settling {
  tx: Tx;
  now: number;
  stream: UsageStream;
  /** The batch of the token is out. One that was emitted again meanwhile may only say what billing has. */
  isOut: boolean;
}

/** Settles a batch of usage records, or single ones by their ids: those of the batch, and those of another batch of the same
 *  stream that a flow put together with it. See `settle` in delivery.ts, which checked the outcomes. */
export async function settleRecords(
  tx: Tx,
  now: number,
  { token, eventId, stream: streamId }: RecordToken,
  given: Outcome | readonly EventOutcome[],
): Promise<Settled> {
  const slice = await sliceOf(tx, token);
  const outcomes = eventId === null || isList(given) ? given : [{ ...given, eventId }];
  const isOut = slice?.status === 'out';
  if (!isList(outcomes)) return settleWhole(tx, now, openOrThrow(slice), outcomes);
  const number = slice?.stream ?? streamId;
  const usable = isOut || slice?.status === 'settled' ? outcomes : outcomes.filter(isOver);
  if (number === null || (usable.length === 0 && outcomes.length > 0)) openOrThrow(slice);
  const stream = number === null ? null : await streamById(tx, number);
  if (!stream) throw notOpen('The records of the token are gone');
  const of = { tx, now, stream, isOut };
  const settled = await settleEach(of, slice, usable);
  if (isOut) await keepSliceOut(tx, token, now);
  await refreshDelivered(tx, stream);
  return { settled, left: isOut ? await countLeft(tx, token) : 0 };
}

/** The records that a token stands for. @throws STATE_DELIVERY as `settleRecords` does */
export async function recordsOut(tx: Tx, { token, eventId }: RecordToken): Promise<number[]> {
  const slice = openOrThrow(await sliceOf(tx, token));
  if (eventId !== null) return [eventId];
  if (slice.page < 0) return (await exceptionsOf(tx, slice.stream, token)).map(row => row.eventId);
  const page = await findPage(tx, slice.stream, slice.page);
  return page ? new PartIds(page, slice.start, slice.end).all() : [];
}

/** @throws STATE_DELIVERY when nobody knows the batch, or it comes again */
function openOrThrow(slice: UsageSlice | null): UsageSlice {
  if (!slice) {
    throw notOpen(
      'The token is not known: its records were emitted again under a new one, or it belongs to another state file',
    );
  }
  if (slice.status === 'free') throw notOpen('The acknowledgement comes too late: the records are emitted again');
  return slice;
}

async function settleWhole(tx: Tx, now: number, slice: UsageSlice, outcome: Outcome): Promise<Settled> {
  if (slice.status === 'settled') return { settled: 0, left: 0 };
  const stream = await streamById(tx, slice.stream);
  if (!stream) throw notOpen('The records of the token are gone');
  const of = { tx, now, stream, isOut: true };
  const settled = slice.page < 0 ? await settleAllSingles(of, slice, outcome) : await settlePart(of, slice, outcome);
  await refreshDelivered(tx, stream);
  return { settled, left: 0 };
}

/** A batch that is part of a page. */
async function settlePart(of: Settling, slice: UsageSlice, outcome: Outcome): Promise<number> {
  const { tx, now, stream } = of;
  const total = slice.end - slice.start;
  if (slice.done === '' && outcome.result === 'retry') {
    await setSliceFree(tx, slice, now + outcome.afterMs);
    return total;
  }
  if (slice.done === '' && isOver(outcome)) {
    await settleSlice(tx, slice.token);
    await settlePage(tx, stream.id, slice.page, now);
    return total;
  }
  const page = await findPage(tx, stream.id, slice.page);
  if (!page) throw notOpen('The page of the batch is gone');
  const ids = new PartIds(page, slice.start, slice.end);
  const each = ids.all().map(eventId => ({ ...outcome, eventId }));
  return (await settlePlaces(of, slice, ids, each)).settled;
}

/** Single records, wherever they are; answers how many. */
async function settleEach(of: Settling, own: UsageSlice | null, outcomes: readonly EventOutcome[]): Promise<number> {
  const kept: EventOutcome[] = [];
  let settled = 0;
  let rest = outcomes;
  for (let slice = own ?? (await sliceHolding(of, rest)); slice; slice = await sliceHolding(of, rest)) {
    const done = slice.page < 0 ? await settleSingles(of, slice, rest) : await settleInPage(of, slice, rest);
    settled += done.settled;
    rest = done.elsewhere;
    if (slice !== own) kept.push(...done.known);
  }
  return settled + (await settleKept(of, own, [...kept, ...rest]));
}

/** The part of a page that holds the first of them that is not kept singly. */
async function sliceHolding({ tx, stream }: Settling, outcomes: readonly EventOutcome[]): Promise<UsageSlice | null> {
  for (const { eventId } of outcomes) {
    for (const page of await pagesBetween(tx, stream.id, eventId, eventId)) {
      const place = new PartIds(page, 0, page.total).placeOf(eventId);
      const slice = place < 0 ? null : await sliceAt(tx, stream.id, page.firstId, place);
      if (slice) return slice;
    }
  }
  return null;
}

/** What became of outcomes in one place: those of records that had theirs before, and those of other places. */
interface Placed {
  settled: number;
  known: EventOutcome[];
  elsewhere: readonly EventOutcome[];
}

async function settleInPage(of: Settling, slice: UsageSlice, outcomes: readonly EventOutcome[]): Promise<Placed> {
  const page = await findPage(of.tx, of.stream.id, slice.page);
  if (!page) return { settled: 0, known: [], elsewhere: outcomes };
  return settlePlaces(of, slice, new PartIds(page, slice.start, slice.end), outcomes);
}

/** The first outcome of a record counts; one that billing lacks after all (`reopens`) is kept singly from then on. */
async function settlePlaces(
  of: Settling,
  slice: UsageSlice,
  ids: PartIds,
  outcomes: readonly EventOutcome[],
): Promise<Placed> {
  const { tx, stream } = of;
  const done = new Bits(ids.length, slice.done);
  const isSettled = slice.status === 'settled';
  const unplain: Array<{ place: number; outcome: EventOutcome }> = [];
  const elsewhere: EventOutcome[] = [];
  const known: EventOutcome[] = [];
  let settled = 0;
  for (const outcome of outcomes) {
    const place = ids.placeOf(outcome.eventId);
    if (place < 0) {
      elsewhere.push(outcome);
      continue;
    }
    const isKnown = isSettled || done.has(place);
    if (isKnown) known.push(outcome);
    else {
      done.add(place);
      settled++;
    }
    if (!isOver(outcome) && (!isKnown || outcome.reopens)) unplain.push({ place, outcome });
  }
  if (unplain.length > 0) {
    const records = await recordsOf(tx, stream.id, slice);
    await inChunks(unplain, async some => {
      for (const { place, outcome } of some)
        await keepSingly(of, slice, records[place], outcome, ids.at(place - 1) ?? slice.openBefore);
    });
  }
  if (settled > 0) await noteDone(of, slice, ids, done);
  return { settled, known, elsewhere };
}

async function noteDone({ tx, now, stream }: Settling, slice: UsageSlice, ids: PartIds, done: Bits): Promise<void> {
  const open = done.firstOpen();
  if (open < ids.length) {
    const openBefore = ids.at(open - 1) ?? slice.openBefore;
    await noteSlice(tx, { ...slice, done: done.toString(), openId: ids.at(open) ?? slice.openId, openBefore });
    return;
  }
  await settleSlice(tx, slice.token);
  await settlePage(tx, stream.id, slice.page, now);
}

async function countLeft(tx: Tx, token: string): Promise<number> {
  const slice = await sliceOf(tx, token);
  if (!slice || slice.status === 'settled') return 0;
  if (slice.page < 0) return (await exceptionsOf(tx, slice.stream, token)).length;
  return new Bits(slice.end - slice.start, slice.done).countOpen();
}

async function recordsOf(tx: Tx, stream: number, { page, start, end }: UsageSlice): Promise<UsageRecord[]> {
  const stored = await pageBody(tx, stream, page);
  if (!stored) throw notOpen('The page of the batch is gone');
  return (await readBody(stored)).slice(start, end);
}

/** A record that was not simply delivered leaves its page and is a row from then on. */
async function keepSingly(
  { tx, now, stream }: Settling,
  slice: UsageSlice,
  record: UsageRecord | undefined,
  outcome: EventOutcome,
  before: number,
): Promise<void> {
  if (!record) return;
  await addException(tx, stream.id, {
    eventId: outcome.eventId,
    before,
    attempts: slice.attempt,
    subscriptionId: record.SubscriptionId,
    body: JSON.stringify(record),
    now,
    ...standingOf(outcome, now),
  });
}

/** A batch of single records that came again. */
async function settleAllSingles(of: Settling, slice: UsageSlice, outcome: Outcome): Promise<number> {
  const rows = await exceptionsOf(of.tx, of.stream.id, slice.token);
  const each = rows.map(({ eventId }) => ({ ...outcome, eventId }));
  return (await settleSingles(of, slice, each)).settled;
}

async function settleSingles(of: Settling, slice: UsageSlice, outcomes: readonly EventOutcome[]): Promise<Placed> {
  const { tx, stream } = of;
  const rows = new Set((await exceptionsOf(tx, stream.id, slice.token)).map(({ eventId }) => eventId));
  const mine = outcomes.filter(({ eventId }) => rows.has(eventId));
  const elsewhere = outcomes.filter(({ eventId }) => !rows.has(eventId));
  let settled = 0;
  await inChunks(mine, async some => {
    for (const outcome of some) if (await settleSingle(of, slice.token, outcome)) settled++;
  });
  if (settled > 0 && settled === rows.size) await settleSlice(tx, slice.token);
  return { settled, known: [], elsewhere };
}

async function settleSingle({ tx, now, stream }: Settling, token: string, outcome: EventOutcome): Promise<boolean> {
  const of = { stream: stream.id, eventId: outcome.eventId, token };
  if (isOver(outcome)) return deliverException(tx, of);
  return changeException(tx, of, { ...standingOf(outcome, now), now });
}

/** Records that no part of a page holds: kept singly and out with another batch, or settled before. */
async function settleKept(of: Settling, own: UsageSlice | null, outcomes: readonly EventOutcome[]): Promise<number> {
  const { tx, stream } = of;
  let settled = 0;
  for (const outcome of outcomes) {
    const { eventId } = outcome;
    const row = await findException(tx, stream.id, eventId);
    if (row?.status === 'sent' && row.token !== null && (of.isOut || isOver(outcome))) {
      const slice = await sliceOf(tx, row.token);
      if (slice) settled += (await settleSingles(of, slice, [outcome])).settled;
      continue;
    }
    const wasHere = own !== null && own.page < 0 && eventId >= own.openId && eventId <= stream.fetched;
    if (!row && !wasHere && eventId > stream.forgotten) throw notOpen(`The batch does not hold the record ${eventId}`);
  }
  return settled;
}

interface Standing {
  status: Exclude<ExceptionStatus, 'sent'>;
  dueAt: number;
  reason: string | null;
}

function standingOf(outcome: Outcome, now: number): Standing {
  switch (outcome.result) {
    case 'retry':
      return { status: 'ready', dueAt: now + outcome.afterMs, reason: null };
    case 'waiting':
      return { status: 'waiting', dueAt: now + recordDefaults.waitingMs, reason: outcome.reason.slice(0, 2000) };
    case 'dead':
      return { status: 'dead', dueAt: now, reason: outcome.reason.slice(0, 2000) };
    default:
      return { status: 'ready', dueAt: now, reason: null };
  }
}

const isOver = (outcome: Outcome): boolean => outcome.result === 'delivered' || outcome.result === 'duplicate';

function isList(outcomes: Outcome | readonly EventOutcome[]): outcomes is readonly EventOutcome[] {
  return Array.isArray(outcomes);
}

function notOpen(sentence: string): AdapterError {
  return new AdapterError('STATE_DELIVERY', `${sentence}.`, { subject: 'delivery.token' });
}
