import { AdapterError, shapeOf } from '../../errors';
import { wordsOf } from '../peer-says';
import type { OfferRef, OfferState } from '../port';
import type { Operation } from './compile';
import type { Words } from './fields';

/** What an answer is read with: its operation, our words for its states, and what the request's expressions saw. */
export interface Reading {
  operation: Operation;
  states: Words<OfferState>;
  request: Record<string, unknown>;
  status: number;
}

/** The offer in an answer; `null` when the template gives nothing, or when a list holds an offer without a key, which is
 *  nobody's counterpart. What nothing means is for the caller to say.
 *  @throws BILLING_BAD_RESPONSE when id or state cannot be read; BILLING_TEMPLATE when the template fails */
export async function readOffer(
  body: unknown,
  { operation, states, request, status }: Reading,
): Promise<OfferRef | null> {
  const given = await operation.answer(body, { status, request });
  if (given === undefined || given === null) return null;
  const field = `${operation.field}.answer`;
  if (typeof given !== 'object' || Array.isArray(given))
    throw unreadable(field, `gave ${shapeOf(given)}, not an object`, wordsOf(body));
  const { key, remoteId, state, version, name } = given as Record<string, unknown>;
  const knownKey = textOrNull(key) ?? textOrNull(request.key);
  if (knownKey === null) return null;
  const knownState = toState(state, states, field, body);
  const id = textOrNull(remoteId);
  if (id === null && knownState !== 'absent')
    throw unreadable(field, `gave ${shapeOf(remoteId)} as remoteId`, wordsOf(body));
  return {
    key: knownKey,
    remoteId: knownState === 'absent' ? null : id,
    state: knownState,
    version: textOrNull(version),
    ...(typeof name === 'string' && name !== '' ? { name } : {}),
  };
}

/** An offer that billing does not show. */
export function absent(key: string): OfferRef {
  return { key, remoteId: null, state: 'absent', version: null };
}

/** `words`: what billing says in the answer, as a sentence. */
export function unreadable(
  subject: string,
  problem: string,
  words = '',
  remedy = 'Compare the template with a real answer.',
): AdapterError {
  return AdapterError.advising(
    'BILLING_BAD_RESPONSE',
    `The billing system's answer cannot be used: ${subject} ${problem}.${words} ${remedy}`,
    { subject },
  );
}

/** A short plain word is worth naming; anything else could be text of a customer. */
export function shownWord(word: string): string {
  return /^[\w-]{1,40}$/.test(word) ? `"${word}"` : shapeOf(word);
}

function toState(given: unknown, states: Words<OfferState>, field: string, body: unknown): OfferState {
  const word = textOrNull(given);
  if (word === null) throw unreadable(field, `gave ${shapeOf(given)} as state`, wordsOf(body));
  const state = states.get(word);
  if (state) return state;
  throw unreadable(field, `gave the state ${shownWord(word)}, which templates.states does not list`);
}

/** Ids and versions are often numbers on the wire; here they are always text. */
export function textOrNull(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
