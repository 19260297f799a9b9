import { AdapterError, shapeOf } from '../../errors';
import { wordsOf } from '../peer-says';
import type { OfferRef, OfferState } from '../port';
import type { BilledState, BilledSubscription } from '../subscription-port';
import type { Words } from './fields';
import type { Operation, RequestData } from './operation';

/** What an answer is read with: its operation, our words for its states, and what the request's expressions saw. */
export interface Reading<S extends string> {
  operation: Operation;
  states: Words<S>;
  /** The template in which an operator adds a word for a state. */
  statesField: string;
  request: RequestData;
  status: number;
  headers: Record<string, string>;
}

/** What a template found in an answer. */
interface Read<S> {
  key: string;
  remoteId: string | null;
  state: S;
  /** Whatever else it gave. */
  given: Record<string, unknown>;
}

/** The offer in an answer; `null` when the template gives nothing, or when a list holds an offer without a key, which is
 *  nobody's counterpart. What nothing means is for the caller to say.
 *  @throws BILLING_BAD_RESPONSE when id or state cannot be read; BILLING_TEMPLATE when the template fails */
export async function readOffer(body: unknown, reading: Reading<OfferState>): Promise<OfferRef | null> {
  const read = await readAnswer(body, reading);
  if (!read) return null;
  const { given, ...rest } = read;
  const name = typeof given.name === 'string' && given.name !== '' ? { name: given.name } : {};
  return { ...rest, version: textOrNull(given.version), ...name };
}

/** A subscription, and all that the template gave of it: later calls may need more than we do. */
export interface SubscriptionRead {
  billed: BilledSubscription;
  given: Record<string, unknown>;
}

/** The subscription in an answer; `null` and errors as with an offer. */
export async function readSubscription(body: unknown, reading: Reading<BilledState>): Promise<SubscriptionRead | null> {
  const read = await readAnswer(body, reading);
  if (!read) return null;
  const { given, ...rest } = read;
  const { offerKey, account, name } = given;
  const billed = { ...rest, offerKey: textOrNull(offerKey), account: textOrNull(account), name: textOrNull(name) };
  return { billed, given };
}

async function readAnswer<S extends string>(body: unknown, reading: Reading<S>): Promise<Read<S> | null> {
  const { operation, request, status, headers } = reading;
  const given = await operation.answer(body, { status, headers, request });
  if (given === undefined || given === null) return null;
  const field = `${operation.field}.answer`;
  if (typeof given !== 'object' || Array.isArray(given))
    throw unreadable(field, `gave ${shapeOf(given)}, not an object`, wordsOf(body));
  const fields: Record<string, unknown> = { ...given };
  const key = textOrNull(fields.key) ?? textOrNull(request.key);
  if (key === null) return null;
  const state = stateIn(fields.state, reading, field, body);
  const remoteId = textOrNull(fields.remoteId);
  if (remoteId === null && state !== 'absent')
    throw unreadable(field, `gave ${shapeOf(fields.remoteId)} as remoteId`, wordsOf(body));
  return { key, remoteId: state === 'absent' ? null : remoteId, state, given: fields };
}

function stateIn<S extends string>(
  given: unknown,
  { states, statesField }: Reading<S>,
  field: string,
  body: unknown,
): S {
  const word = textOrNull(given);
  if (word === null) throw unreadable(field, `gave ${shapeOf(given)} as state`, wordsOf(body));
  const state = states.get(word);
  if (state) return state;
  throw unreadable(field, `gave the state ${shownWord(word)}, which ${statesField} does not list`);
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
export function shownWord(word: unknown): string {
  return typeof word === 'string' && /^[\w-]{1,40}$/.test(word) ? `"${word}"` : shapeOf(word);
}

/** Ids and versions are often numbers on the wire; here they are always text. */
function textOrNull(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
