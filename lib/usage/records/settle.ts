import { AdapterError } from '../../errors';
import type { Tx } from '../../state/port';
import {
  addException,
  changeException,
  deliverException,
  type ExceptionStatus,
  exceptionsOf,
  type UsageException,
} from '../../state/usage-exception';
import { findPage, pageBody, settlePage } from '../../state/usage-page';
import { noteSlice, setSliceFree, settleSlice, sliceOf, type UsageSlice } from '../../state/usage-slice';
import { streamById, type UsageStream } from '../../state/usage-stream';
import type { UsageRecord } from '../../wap/types';
import type { EventOutcome, Outcome, Settled } from '../delivery';
import { inSlices } from '../slices';
import { Bits } from './bits';
import { readBody } from './body';
import { refreshDelivered } from './delivered';
import { PartIds } from './ids';
import { recordDefaults } from './options';

interface SettlingBatch {
  tx: Tx;
  now: number;
  stream: UsageStream;
  slice: UsageSlice;
}

/** Settles a batch of usage records, or single ones of it. See `settle` in delivery.ts, which checked the outcomes. */
export async function settleRecords(
  tx: Tx,
  now: number,
  { token, eventId }: { token: string; eventId: number | null },
  given: Outcome | readonly EventOutcome[],
): Promise<Settled> {
  const slice = await sliceOf(tx, token);
  if (!slice) {
    throw notOpen(
      'The token is not known: its records were emitted again under a new one, or it belongs to another state file',
    );
  }
  if (slice.status === 'settled') return { settled: 0, left: 0 };
  if (slice.status === 'free') throw notOpen('The acknowledgement comes too late: the records are emitted again');
  const stream = await streamById(tx, slice.stream);
  if (!stream) throw notOpen('The records of the token are gone');
  const batch = { tx, now, stream, slice };
  const outcomes = eventId === null || isList(given) ? given : [{ ...given, eventId }];
  const settled = slice.page < 0 ? await settleSingles(batch, outcomes) : await settlePart(batch, outcomes);
  await refreshDelivered(tx, stream);
  return settled;
}

/** A batch that is part of a page. */
async function settlePart(batch: SettlingBatch, outcomes: Outcome | readonly EventOutcome[]): Promise<Settled> {
  const { tx, now, stream, slice } = batch;
  const total = slice.end - slice.start;
  if (!isList(outcomes) && slice.done === '') {
    if (outcomes.result === 'retry') {
      await setSliceFree(tx, slice, now + outcomes.afterMs);
      return { settled: total, left: 0 };
    }
    if (isOver(outcomes)) {
      await settleSlice(tx, slice.token);
      await settlePage(tx, stream.id, slice.page, now);
      return { settled: total, left: 0 };
    }
  }
  const page = await findPage(tx, stream.id, slice.page);
  if (!page) throw notOpen('The page of the batch is gone');
  const ids = new PartIds(page, slice.start, slice.end);
  const done = new Bits(total, slice.done);
  const each: EventOutcome[] = isList(outcomes) ? [...outcomes] : ids.all().map(eventId => ({ ...outcomes, eventId }));
  const unplain: Array<{ place: number; outcome: EventOutcome }> = [];
  let settled = 0;
  for (const outcome of each) {
    const place = ids.placeOf(outcome.eventId);
    if (place < 0) throw notOpen(`The batch does not hold the record ${outcome.eventId}`);
    if (done.has(place)) continue;
    done.add(place);
    settled++;
    if (!isOver(outcome)) unplain.push({ place, outcome });
  }
  if (unplain.length > 0) {
    const records = await recordsOf(tx, stream.id, slice);
    await inSlices(unplain, async some => {
      for (const { place, outcome } of some)
        await keepSingly(batch, records[place], outcome, ids.at(place - 1) ?? slice.openBefore);
    });
  }
  const open = done.firstOpen();
  if (open === total) {
    await settleSlice(tx, slice.token);
    await settlePage(tx, stream.id, slice.page, now);
  } else {
    const openBefore = ids.at(open - 1) ?? slice.openBefore;
    await noteSlice(tx, { ...slice, done: done.toString(), openId: ids.at(open) ?? slice.openId, openBefore });
  }
  return { settled, left: done.countOpen() };
}

async function recordsOf(tx: Tx, stream: number, { page, start, end }: UsageSlice): Promise<UsageRecord[]> {
  const stored = await pageBody(tx, stream, page);
  if (!stored) throw notOpen('The page of the batch is gone');
  return (await readBody(stored)).slice(start, end);
}

/** A record that was not simply delivered leaves its page and is a row from then on. */
async function keepSingly(
  { tx, now, stream, slice }: SettlingBatch,
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
async function settleSingles(batch: SettlingBatch, outcomes: Outcome | readonly EventOutcome[]): Promise<Settled> {
  const { tx, now, stream, slice } = batch;
  const rows = await exceptionsOf(tx, stream.id, slice.token);
  const each = isList(outcomes)
    ? outcomes.flatMap(outcome => pair(rows, outcome, slice))
    : rows.map(row => ({ row, outcome: outcomes }));
  let settled = 0;
  await inSlices(each, async some => {
    for (const { row, outcome } of some) {
      const of = { stream: stream.id, eventId: row.eventId, token: slice.token };
      const changed = isOver(outcome)
        ? await deliverException(tx, of)
        : await changeException(tx, of, { ...standingOf(outcome, now), now });
      if (changed) settled++;
    }
  });
  const left = rows.length - settled;
  if (left === 0) await settleSlice(tx, slice.token);
  return { settled, left };
}

/** Nothing for a record of the batch that was settled before; ids of other batches are refused as far as can be told. */
function pair(rows: UsageException[], outcome: EventOutcome, slice: UsageSlice) {
  const row = rows.find(each => each.eventId === outcome.eventId);
  if (row) return [{ row, outcome }];
  if (outcome.eventId >= slice.openId && rows.length < slice.end - slice.start) return [];
  throw notOpen(`The batch does not hold the record ${outcome.eventId}`);
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
