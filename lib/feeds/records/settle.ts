import type { Tx } from '../../state/port';
import { exceptionsOf } from '../../state/tables/usage-exception';
import { findPage } from '../../state/tables/usage-page';
import { keepSliceOut, sliceOf, type UsageSlice } from '../../state/tables/usage-slice';
import { streamById } from '../../state/tables/usage-stream';
import { Bits } from '../bits';
import { type EventOutcome, isList, isOver, notOpen, type Outcome, type Outcomes, type Settled } from '../outcome';
import type { Settling as FeedSettling } from '../settling';
import { type RecordToken, readToken } from '../token';
import { refreshDelivered } from './delivered';
import { PartIds } from './ids';
import { settleInPage, settlePart, sliceHolding } from './settle-places';
import { type Settling, settleAllSingles, settleKept, settleSingles } from './settle-singles';

/** Batches of usage records are parts of stored pages; only what was not simply delivered has a row of its own. */
export const recordSettling: FeedSettling = { settle: settleRecords, heldBy: recordsOf };

/** Settles what a token stands for, which may be one record of a batch, or records of another batch of the same stream that
 *  a flow put together with it. */
async function settleRecords(tx: Tx, now: number, text: string, given: Outcomes): Promise<Settled> {
  const { token, eventId, stream: streamId } = tokenOf(text);
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

/** What is open with a token. @throws STATE_DELIVERY as `openOrThrow` */
async function recordsOf(tx: Tx, text: string): Promise<Array<{ eventId: number }>> {
  const { token, eventId } = tokenOf(text);
  const slice = openOrThrow(await sliceOf(tx, token));
  if (eventId !== null) return [{ eventId }];
  if (slice.page < 0) return (await exceptionsOf(tx, slice.stream, token)).map(row => ({ eventId: row.eventId }));
  const page = await findPage(tx, slice.stream, slice.page);
  return page ? new PartIds(page, slice.start, slice.end).all().map(id => ({ eventId: id })) : [];
}

/** A text that is no token of ours is looked up as it is, and then refused in plain words. */
function tokenOf(text: string): RecordToken {
  return readToken(text) ?? { token: text, eventId: null, stream: null };
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

/** One outcome for the batch. A batch that is settled already stays as it is: a flow may acknowledge twice. */
async function settleWhole(tx: Tx, now: number, slice: UsageSlice, outcome: Outcome): Promise<Settled> {
  if (slice.status === 'settled') return { settled: 0, left: 0 };
  const stream = await streamById(tx, slice.stream);
  if (!stream) throw notOpen('The records of the token are gone');
  const of = { tx, now, stream, isOut: true };
  const settled = slice.page < 0 ? await settleAllSingles(of, slice, outcome) : await settlePart(of, slice, outcome);
  await refreshDelivered(tx, stream);
  return { settled, left: 0 };
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

/** How many records of the batch are still open. */
async function countLeft(tx: Tx, token: string): Promise<number> {
  const slice = await sliceOf(tx, token);
  if (!slice || slice.status === 'settled') return 0;
  if (slice.page < 0) return (await exceptionsOf(tx, slice.stream, token)).length;
  return new Bits(slice.end - slice.start, slice.done).countOpen();
}
