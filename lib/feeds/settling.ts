import type { Clock } from '../async/clock';
import { AdapterError, shapeOf } from '../errors';
import type { Store, Tx } from '../state/port';
import type { EventFeed } from '../wap/types';
import { checkOutcome, isList, type Outcomes, type Settled } from './outcome';
import { gatherParts } from './parts';
import { readToken } from './token';

/** How the feeds of one kind settle what a token stands for. */
export interface Settling {
  /** Settles all of it, or single things; the first outcome of each counts.
   *  @throws STATE_DELIVERY for what is not open */
  settle(tx: Tx, now: number, token: string, outcomes: Outcomes): Promise<Settled>;
  /** What is open with the token. @throws STATE_DELIVERY */
  heldBy(tx: Tx, token: string): Promise<Array<{ eventId: number; feed?: EventFeed }>>;
}

/** Checks the outcomes, puts parts of records together and settles what is whole, in `tx` when one is given. See `settle`. */
export async function settleWith(
  settling: Settling,
  { store, clock }: { store: Store; clock: Clock },
  token: string,
  outcomes: Outcomes,
  tx?: Tx,
): Promise<Settled> {
  check(token, outcomes);
  const batch = readToken(token)?.token ?? token; // parts are noted for the batch, also when the token is of one record
  const work = async (open: Tx) => {
    const now = clock.now();
    const whole = isList(outcomes) ? await gatherParts(open, batch, outcomes, now) : outcomes;
    return settling.settle(open, now, token, whole);
  };
  return tx ? work(tx) : store.transaction(work);
}

/** Flows can change what a message carries, so nothing of it is trusted.
 *  @throws INPUT_MISSING without a token; INPUT_INVALID naming the field of an outcome */
function check(token: unknown, outcomes: Outcomes): void {
  if (typeof token !== 'string' || token === '') {
    throw AdapterError.advising('INPUT_MISSING', `Delivery: the token is ${shapeOf(token)}: keep msg.delivery.`, {
      subject: 'delivery.token',
    });
  }
  for (const outcome of isList(outcomes) ? outcomes : [outcomes]) checkOutcome(outcome);
}
