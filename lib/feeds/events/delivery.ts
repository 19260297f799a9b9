import { randomUUID } from 'node:crypto';
import type { Tx } from '../../state/port';
import { addBatch, bringBatchesForward, expireBatches, openBatches } from '../../state/tables/batch';
import { type ConsumerKey, selectCursors } from '../../state/tables/cursor';
import {
  type DeliveryRow,
  deliveriesOf,
  dueDeliveries,
  makeDeliveriesDue,
  releaseBatch,
  sendDelivery,
} from '../../state/tables/delivery';
import { bodyOf } from '../../state/tables/inbox';
import { type EventFeed, eventFeeds, type UsageEvent } from '../../wap/types';
import type { Overdue, TakenWith } from '../unanswered';
import { horizonOf } from './cursors';
import { parseEvent } from './inbox';

/** One event of a batch, with the key by which billing knows it. */
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

/** What may be taken. `redeliveryMs`: after how long without an acknowledgement the batch comes again. */
export interface TakeOptions {
  feeds: readonly EventFeed[];
  /** Events at most; fewer when fewer are due. */
  size: number;
  /** Ids above it wait. */
  highest: number;
  /** Batches that may be out at once: a slow flow is not given more than it can do. */
  maxOpenBatches: number;
  redeliveryMs: number;
  now: number;
}

/** Makes due again what nobody acknowledged in time, and answers it. */
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

/** Takes the next events that are due as one batch; null when there is none or `maxOpenBatches` are open. */
export async function takeBatch(tx: Tx, key: ConsumerKey, options: TakeOptions): Promise<TakenWith<Batch>> {
  const overdue = await releaseOverdue(tx, key, options.now);
  return { taken: await takeDue(tx, key, options), overdue };
}

/** Puts what is due into one batch; null as `takeBatch`. */
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

/** Puts one event into the batch and answers it as it goes out. */
async function send(tx: Tx, key: ConsumerKey, row: DeliveryRow, token: string): Promise<DeliveredEvent> {
  const { feed, eventId, attempts } = row;
  await sendDelivery(tx, { ...key, feed, eventId }, token);
  const event = parseEvent(await bodyOf(tx, key.installation, feed, eventId));
  return { feed: feed as EventFeed, event, key: `${key.installation}/${feed}/${eventId}`, attempt: attempts + 1 };
}

/** After the clock was set back: retries are due at once, open batches after their usual wait. Otherwise they would wait for
 *  a time that is hours away. */
export async function bringForward(tx: Tx, key: ConsumerKey, now: number, redeliveryMs: number): Promise<void> {
  await bringBatchesForward(tx, key, now, now + redeliveryMs);
  await makeDeliveriesDue(tx, key, now);
}

/** Makes the events of all open batches due again: after a restart nobody is left who could acknowledge them. */
export async function releaseAll(tx: Tx, key: ConsumerKey, now: number): Promise<void> {
  for (const token of await expireBatches(tx, key, Number.MAX_SAFE_INTEGER)) await releaseBatch(tx, token, now);
}
