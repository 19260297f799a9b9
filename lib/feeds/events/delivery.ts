import { randomUUID } from 'node:crypto';
import type { Clock } from '../../async/clock';
import { AdapterError, shapeOf } from '../../errors';
import type { Store, Tx } from '../../state/port';
import {
  addBatch,
  bringBatchesForward,
  expireBatches,
  findBatch,
  keepBatchOut,
  openBatches,
  settleBatch,
} from '../../state/tables/batch';
import { type ConsumerKey, selectCursors } from '../../state/tables/cursor';
import {
  type DeliveryRow,
  deliveriesOf,
  deliverReleased,
  dueDeliveries,
  emittedDeliveries,
  makeDeliveriesDue,
  type OutDelivery,
  releaseBatch,
  reopenSettled,
  retryDelivery,
  sendDelivery,
  settleDelivery,
} from '../../state/tables/delivery';
import { bodyOf } from '../../state/tables/inbox';
import { type EventFeed, eventFeeds, type UsageEvent } from '../../wap/types';
import { gatherParts, type PartOf } from '../parts';
import { recordsOut, settleRecords } from '../records/settle';
import { readToken } from '../token';
import type { Overdue, TakenWith } from '../unanswered';
import { horizonOf, refreshDelivered } from './cursors';
import { parseEvent } from './inbox';

export interface DeliveredEvent {
  feed: EventFeed;
  event: UsageEvent;
  /** The same at every delivery, for billing to recognise a repeat: installation + feed + EventId. */
  key: string;
  /** Which time this event is emitted, from 1. */
  attempt: number;
}

/** Events that are emitted together and acknowledged with one token. Ids ascend; they may repeat over feeds. */
export interface Batch {
  token: string;
  /** The feed, or `events` when the batch holds several. */
  feed: EventFeed | 'events';
  firstId: number;
  lastId: number;
  count: number;
  /** The highest of its events. */
  attempt: number;
  /** Which replay it belongs to, if any. */
  replay?: string;
  events: DeliveredEvent[];
}

/** An event that waits for something in billing is tried again so often. */
const waitingMs = 60_000;

/** What became of an event or a usage record. `afterMs` 0 means as soon as possible. `waiting`: billing cannot take it
 *  before something else is there, such as the subscription's mapping; a record then comes again when it is, an event
 *  after a minute. */
export type Outcome =
  | { result: 'delivered' }
  | { result: 'duplicate' }
  | { result: 'retry'; afterMs: number }
  | { result: 'waiting'; reason: string }
  | { result: 'dead'; reason: string };

/** The outcome of one event, or one usage record, of a batch. `feed` is needed only when the batch has the id in two
 *  feeds. `part`: it is of a part of it only, or of one of several copies; the record is settled when all have theirs.
 *  `reopens`: billing lacks it, even when somebody else settled it before. */
export type EventOutcome = Outcome & { eventId: number; feed?: EventFeed; part?: PartOf; reopens?: boolean };

export interface Settled {
  /** Events settled, or sent back, by this call. */
  settled: number;
  /** Events of the batch that still wait for their outcome. */
  left: number;
}

export interface TakeOptions {
  feeds: readonly EventFeed[];
  size: number;
  /** Ids above it wait. */
  highest: number;
  maxOpenBatches: number;
  redeliveryMs: number;
  now: number;
}

/** Gives what nobody acknowledged in time free again. */
export async function releaseOverdue(tx: Tx, key: ConsumerKey, now: number): Promise<Overdue[]> {
  const overdue: Overdue[] = [];
  for (const token of await expireBatches(tx, key, now)) {
    const rows = await deliveriesOf(tx, token);
    const [first, ...others] = rows.filter(row => row.status === 'sent');
    if (first) {
      const feed = eventFeeds.find(each => each === first.feed) ?? null;
      const { eventId: firstId, attempts: attempt } = first;
      overdue.push({ feed, left: 1 + others.length, firstId, total: rows.length, attempt });
    }
    await releaseBatch(tx, token, now);
  }
  return overdue;
}

/** Emits the next events that are due, in one batch; null when there is none or `maxOpenBatches` are out. */
export async function takeBatch(tx: Tx, key: ConsumerKey, options: TakeOptions): Promise<TakenWith<Batch>> {
  const overdue = await releaseOverdue(tx, key, options.now);
  return { taken: await takeDue(tx, key, options), overdue };
}

async function takeDue(tx: Tx, key: ConsumerKey, options: TakeOptions): Promise<Batch | null> {
  const { now, size } = options;
  if ((await openBatches(tx, key)) >= options.maxOpenBatches) return null;
  const horizon = Math.min(options.highest, horizonOf(await selectCursors(tx, key), options.feeds));
  const rows = await dueDeliveries(tx, key, { now, horizon, limit: size });
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return null;
  const token = randomUUID();
  const attempt = rows.reduce((most, row) => Math.max(most, row.attempts), 0) + 1;
  await addBatch(tx, key, { token, attempt, now, expiresAt: now + options.redeliveryMs });
  const events: DeliveredEvent[] = [];
  for (const row of rows) events.push(await send(tx, key, row, token));
  const feed = rows.every(row => row.feed === first.feed) ? (first.feed as EventFeed) : 'events';
  return { token, feed, firstId: first.eventId, lastId: last.eventId, count: rows.length, attempt, events };
}

async function send(tx: Tx, key: ConsumerKey, row: DeliveryRow, token: string): Promise<DeliveredEvent> {
  const { feed, eventId, attempts } = row;
  await sendDelivery(tx, { ...key, feed, eventId }, token);
  const event = parseEvent(await bodyOf(tx, key.installation, feed, eventId));
  return { feed: feed as EventFeed, event, key: `${key.installation}/${feed}/${eventId}`, attempt: attempts + 1 };
}

/** After the clock went back: what was to come again at a time comes now, and what is out after its usual wait. */
export async function bringForward(tx: Tx, key: ConsumerKey, now: number, redeliveryMs: number): Promise<void> {
  await bringBatchesForward(tx, key, now, now + redeliveryMs);
  await makeDeliveriesDue(tx, key, now);
}

/** Gives every batch that is out free again: after a start nobody is left who could acknowledge it. */
export async function releaseAll(tx: Tx, key: ConsumerKey, now: number): Promise<void> {
  for (const token of await expireBatches(tx, key, Number.MAX_SAFE_INTEGER)) await releaseBatch(tx, token, now);
}

/** What a token stands for: the events or records that are out with it. */
export async function heldBy(tx: Tx, token: string): Promise<Array<{ eventId: number; feed?: EventFeed }>> {
  const ofRecords = readToken(token);
  if (ofRecords) return (await recordsOut(tx, ofRecords)).map(eventId => ({ eventId }));
  const rows = await deliveriesOf(tx, token);
  return rows.map(({ eventId, feed }) => ({ eventId, feed: feed as EventFeed }));
}

/** Settles a batch of events or usage records as a whole, or single ones by their EventId: those of the batch, and those that
 *  a flow put together with it. Inside `tx` when one is given. A repeat changes nothing: the first outcome counts. What was
 *  emitted again since can still be told to be delivered, one by one.
 *  @throws STATE_DELIVERY for a token that is not known, for a batch that was emitted again since, and for an event that was
 *  never emitted; INPUT_MISSING, INPUT_INVALID for an outcome of the wrong shape. */
export async function settle(
  store: Store,
  clock: Clock,
  token: string,
  outcomes: Outcome | readonly EventOutcome[],
  tx?: Tx,
): Promise<Settled> {
  if (typeof token !== 'string' || token === '') {
    throw AdapterError.advising('INPUT_MISSING', `Delivery: the token is ${shapeOf(token)}: keep msg.delivery.`, {
      subject: 'delivery.token',
    });
  }
  for (const outcome of isList(outcomes) ? outcomes : [outcomes]) checkOutcome(outcome);
  const ofRecords = readToken(token);
  const work = async (open: Tx) => {
    const now = clock.now();
    const each = isList(outcomes) ? await gatherParts(open, ofRecords?.token ?? token, outcomes, now) : outcomes;
    return ofRecords ? settleRecords(open, now, ofRecords, each) : settleIn(open, now, token, each);
  };
  return tx ? work(tx) : store.transaction(work);
}

async function settleIn(
  tx: Tx,
  now: number,
  token: string,
  outcomes: Outcome | readonly EventOutcome[],
): Promise<Settled> {
  const batch = await findBatch(tx, token);
  if (!batch) throw notOpen('The token is not known: it belongs to another state file, or is too old');
  if (batch.status === 'settled' && !isList(outcomes)) return { settled: 0, left: 0 };
  const isLate = batch.status === 'expired';
  if (isLate && !(isList(outcomes) && (outcomes.length === 0 || outcomes.some(isOver)))) {
    throw notOpen('The acknowledgement comes too late: the events are emitted again under a new token');
  }
  const usable = isLate && isList(outcomes) ? outcomes.filter(isOver) : outcomes;
  const key = { installation: batch.installation, consumer: batch.consumer };
  const rows = await deliveriesOf(tx, token);
  const each = isList(usable) ? await withRows(tx, key, rows, usable) : rows.map(row => ({ row, outcome: usable }));
  let settled = 0;
  for (const { row, outcome } of each) {
    const at = { ...key, feed: row.feed, eventId: row.eventId };
    if (await settleOne(tx, { ...at, token: row.token }, outcome, now)) settled++;
    if (row.token !== null && row.token !== token) await settleBatch(tx, row.token);
  }
  await settleBatch(tx, token);
  await keepBatchOut(tx, token, now);
  await refreshDelivered(tx, key, new Set(each.map(({ row }) => row.feed)));
  const open = await deliveriesOf(tx, token);
  return { settled, left: open.filter(row => row.status === 'sent').length };
}

async function settleOne(
  tx: Tx,
  { token, ...of }: ConsumerKey & { feed: string; eventId: number; token: string | null },
  outcome: Outcome & { reopens?: boolean },
  now: number,
): Promise<boolean> {
  if (token === null) return isOver(outcome) && deliverReleased(tx, of, { outcome: outcome.result, now });
  const at = { ...of, token };
  if (outcome.result === 'retry' || outcome.result === 'waiting') {
    const dueAt = now + (outcome.result === 'retry' ? outcome.afterMs : waitingMs);
    const reason = outcome.result === 'waiting' ? outcome.reason.slice(0, 2000) : null;
    return (
      (await retryDelivery(tx, at, { dueAt, reason, now })) ||
      (outcome.reopens === true && (await reopenSettled(tx, at, dueAt)))
    );
  }
  const reason = outcome.result === 'dead' ? outcome.reason.slice(0, 2000) : null;
  return settleDelivery(tx, at, { outcome: outcome.result, reason, now });
}

interface Found {
  row: OutDelivery;
  outcome: EventOutcome;
}

/** The events of the batch, and those that are out with another batch of the consumer. */
async function withRows(
  tx: Tx,
  key: ConsumerKey,
  rows: readonly OutDelivery[],
  outcomes: readonly EventOutcome[],
): Promise<Found[]> {
  const found: Found[] = [];
  for (const outcome of outcomes) {
    const { eventId, feed } = outcome;
    const mine = rows.filter(row => row.eventId === eventId && (feed === undefined || row.feed === feed));
    const all = mine.length > 0 ? mine : await emittedDeliveries(tx, key, eventId, feed ?? null);
    const [row, second] = all;
    if (!row) throw notOpen(`The batch does not hold the event ${eventId}`);
    if (second) throw notOpen(`The batch holds the event ${eventId} in two feeds: name the feed`);
    found.push({ row, outcome });
  }
  return found;
}

function checkOutcome(outcome: Outcome): void {
  const result: unknown = outcome?.result;
  const known = ['delivered', 'duplicate', 'retry', 'waiting', 'dead'];
  if (typeof result !== 'string' || !known.includes(result)) {
    throw invalid('outcome', `is ${shapeOf(result)}: give delivered, duplicate, retry, waiting or dead`);
  }
  if (outcome.result === 'retry' && !(Number.isFinite(outcome.afterMs) && outcome.afterMs >= 0)) {
    throw invalid('afterMs', `is ${shapeOf(outcome.afterMs)}: give a number of milliseconds, 0 or more`);
  }
  const needsReason = outcome.result === 'dead' || outcome.result === 'waiting';
  if (needsReason && (typeof outcome.reason !== 'string' || outcome.reason === '')) {
    throw invalid('reason', `is ${shapeOf(outcome.reason)}: say why billing does not take it`);
  }
}

const isOver = <O extends Outcome>(outcome: O): outcome is O & { result: 'delivered' | 'duplicate' } =>
  outcome.result === 'delivered' || outcome.result === 'duplicate';

function isList(outcomes: Outcome | readonly EventOutcome[]): outcomes is readonly EventOutcome[] {
  return Array.isArray(outcomes);
}

function invalid(field: string, problem: string): AdapterError {
  return new AdapterError('INPUT_INVALID', `Delivery: ${field} ${problem}.`, { subject: field });
}

function notOpen(sentence: string): AdapterError {
  return new AdapterError('STATE_DELIVERY', `${sentence}.`, { subject: 'delivery.token' });
}
