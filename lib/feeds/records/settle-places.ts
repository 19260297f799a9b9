import { inChunks } from '../../async/in-chunks';
import type { Tx } from '../../state/port';
import { addException } from '../../state/tables/usage-exception';
import { findPage, pageBody, pagesBetween, settlePage } from '../../state/tables/usage-page';
import { noteSlice, setSliceFree, settleSlice, sliceAt, type UsageSlice } from '../../state/tables/usage-slice';
import type { UsageRecord } from '../../wap/types';
import { Bits } from '../bits';
import { type EventOutcome, isOver, notOpen, type Outcome } from '../outcome';
import { readBody } from './body';
import { PartIds } from './ids';
import { type Placed, type Settling, standingOf } from './settle-singles';

/** Settles a batch that is part of a page with one outcome; answers how many records that closed. Delivered as a whole, which is
 *  nearly always, it costs two rows however many records it has.
 *  @throws STATE_DELIVERY when its page is gone */
export async function settlePart(of: Settling, slice: UsageSlice, outcome: Outcome): Promise<number> {
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

/** The batch of the first outcome whose record still lies in a page. */
export async function sliceHolding(
  { tx, stream }: Settling,
  outcomes: readonly EventOutcome[],
): Promise<UsageSlice | null> {
  for (const { eventId } of outcomes) {
    for (const page of await pagesBetween(tx, stream.id, eventId, eventId)) {
      const place = new PartIds(page, 0, page.total).placeOf(eventId);
      const slice = place < 0 ? null : await sliceAt(tx, stream.id, page.firstId, place);
      if (slice) return slice;
    }
  }
  return null;
}

/** Settles single records of one batch of a page. What does not lie in it is answered as `elsewhere`. */
export async function settleInPage(
  of: Settling,
  slice: UsageSlice,
  outcomes: readonly EventOutcome[],
): Promise<Placed> {
  const page = await findPage(of.tx, of.stream.id, slice.page);
  if (!page) return { settled: 0, known: [], elsewhere: outcomes };
  return settlePlaces(of, slice, new PartIds(page, slice.start, slice.end), outcomes);
}

/** The first outcome of a record counts. A record that billing lacks after all (`reopens`) gets a row of its own. */
async function settlePlaces(
  of: Settling,
  slice: UsageSlice,
  ids: PartIds,
  outcomes: readonly EventOutcome[],
): Promise<Placed> {
  const { tx, stream } = of;
  const done = new Bits(ids.length, slice.done);
  const isSettled = slice.status === 'settled';
  const keptSingly: Array<{ place: number; outcome: EventOutcome }> = [];
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
    if (!isOver(outcome) && (!isKnown || outcome.reopens)) keptSingly.push({ place, outcome });
  }
  if (keptSingly.length > 0) {
    const records = await recordsOf(tx, stream.id, slice);
    await inChunks(keptSingly, async some => {
      for (const { place, outcome } of some)
        await keepSingly(of, slice, records[place], outcome, ids.at(place - 1) ?? slice.openBefore);
    });
  }
  if (settled > 0) await noteDone(of, slice, ids, done);
  return { settled, known, elsewhere };
}

/** Writes down which places are settled, and closes the batch, and perhaps its page, with the last. */
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

/** The records of a batch, from its page. @throws STATE_DELIVERY when the page is gone */
async function recordsOf(tx: Tx, stream: number, { page, start, end }: UsageSlice): Promise<UsageRecord[]> {
  const stored = await pageBody(tx, stream, page);
  if (!stored) throw notOpen('The page of the batch is gone');
  return (await readBody(stored)).slice(start, end);
}

/** Gives a record that was not simply delivered a row of its own: its page counts as settled without it. */
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
