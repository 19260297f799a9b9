import type { Clock } from '../../async/clock';
import type { Store, Tx } from '../../state/port';
import type { EventFeed } from '../../wap/types';
import { eventSettling } from '../events/settle';
import type { Outcomes, Settled } from '../outcome';
import { recordSettling } from '../records/settle';
import { type Settling, settleWith } from '../settling';
import { kindOf } from '../token';

/** How tokens are settled, one line a kind of feed. */
const settlings: Record<ReturnType<typeof kindOf>, Settling> = { events: eventSettling, usage: recordSettling };

/** Settles a batch of events or usage records as a whole, or single ones by their EventId: those of the batch, and those that
 *  a flow put together with it. Inside `tx` when one is given. A repeat changes nothing: the first outcome counts. What was
 *  emitted again since can still be told to be delivered, one by one.
 *  @throws STATE_DELIVERY for a token that is not known, for a batch that was emitted again since, and for an event that was
 *  never emitted; INPUT_MISSING, INPUT_INVALID for an outcome of the wrong shape. */
export function settle(store: Store, clock: Clock, token: string, outcomes: Outcomes, tx?: Tx): Promise<Settled> {
  return settleWith(settlings[kindOf(token)], { store, clock }, token, outcomes, tx);
}

/** What a token stands for: the events or records that are open with it. @throws STATE_DELIVERY as `settle` does */
export function heldBy(tx: Tx, token: string): Promise<Array<{ eventId: number; feed?: EventFeed }>> {
  return settlings[kindOf(token)].heldBy(tx, token);
}
