import type { Tx } from '../../state/port';
import { findBatch, keepBatchOut, settleBatch } from '../../state/tables/batch';
import type { ConsumerKey } from '../../state/tables/cursor';
import {
  deliveriesOf,
  deliverReleased,
  emittedDeliveries,
  type OutDelivery,
  reopenSettled,
  retryDelivery,
  settleDelivery,
} from '../../state/tables/delivery';
import type { EventFeed } from '../../wap/types';
import {
  type EventOutcome,
  isList,
  isOver,
  notOpen,
  type Outcome,
  type Outcomes,
  reasonOf,
  type Settled,
} from '../outcome';
import type { Settling } from '../settling';
import { refreshDelivered } from './cursors';

/** How often an event that waits for something in billing is tried again. */
const waitingMs = 60_000;

/** Events are settled one row each. */
export const eventSettling: Settling = { settle: settleEvents, heldBy: eventsOf };

/** What a batch holds, settled or not: outcomes for all of it are harmless where one is settled already. */
async function eventsOf(tx: Tx, token: string): Promise<Array<{ eventId: number; feed: EventFeed }>> {
  const rows = await deliveriesOf(tx, token);
  return rows.map(({ eventId, feed }) => ({ eventId, feed: feed as EventFeed }));
}

/** Settles events of a batch, and of other batches of its reader that a flow put together with it.
 *  @throws STATE_DELIVERY when the token is not known, or when it is late and nothing of it is said to be delivered */
async function settleEvents(tx: Tx, now: number, token: string, outcomes: Outcomes): Promise<Settled> {
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

/** False when the event is no longer open. An event without a batch was released already, so only billing's word that it has it
 *  still counts. */
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
    return (
      (await retryDelivery(tx, at, { dueAt, reason: reasonOf(outcome), now })) ||
      (outcome.reopens === true && (await reopenSettled(tx, at, dueAt)))
    );
  }
  return settleDelivery(tx, at, { outcome: outcome.result, reason: reasonOf(outcome), now });
}

/** An outcome with the event that it is of. */
interface Found {
  row: OutDelivery;
  outcome: EventOutcome;
}

/** The events of the batch, and those that are out with another batch of the reader. */
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
