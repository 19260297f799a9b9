import { shapeOf } from '../../errors';
import { wordsOf } from '../peer-says';
import type { BilledState, BilledSubscription } from '../subscription-port';
import type { Operation } from './compile';
import type { Words } from './fields';
import { shownWord, textOrNull, unreadable } from './read-offer';

/** The subscription in an answer; `null` when the template gives nothing.
 *  @throws BILLING_BAD_RESPONSE when id or state cannot be read; BILLING_TEMPLATE when the template fails */
export async function readBilled(
  body: unknown,
  {
    operation,
    states,
    request,
    status,
  }: {
    operation: Operation;
    states: Words<BilledState>;
    request: Record<string, unknown>;
    status: number;
  },
): Promise<BilledSubscription | null> {
  const given = await operation.answer(body, { status, request });
  if (given === undefined || given === null) return null;
  const field = `${operation.field}.answer`;
  if (typeof given !== 'object' || Array.isArray(given))
    throw unreadable(field, `gave ${shapeOf(given)}, not an object`, wordsOf(body));
  const { key, remoteId, state, offerKey, account, name } = given as Record<string, unknown>;
  const known = textOrNull(key) ?? textOrNull(request.key);
  if (known === null) return null;
  const word = textOrNull(state);
  const billed = word === null ? undefined : states.get(word);
  if (word === null) throw unreadable(field, `gave ${shapeOf(state)} as state`, wordsOf(body));
  if (!billed) {
    const shown = shownWord(word);
    throw unreadable(field, `gave the state ${shown}, which templates.subscriptionStates does not list`);
  }
  const id = textOrNull(remoteId);
  if (id === null && billed !== 'absent')
    throw unreadable(field, `gave ${shapeOf(remoteId)} as remoteId`, wordsOf(body));
  return {
    key: known,
    remoteId: billed === 'absent' ? null : id,
    state: billed,
    offerKey: textOrNull(offerKey),
    account: textOrNull(account),
    name: textOrNull(name),
  };
}

export function notBilled(key: string): BilledSubscription {
  return { key, remoteId: null, state: 'absent', offerKey: null, account: null, name: null };
}
