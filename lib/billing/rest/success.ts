import { AdapterError, isObject } from '../../errors';
import { natureOf, parseJson } from '../../http/decode';
import { toAdapterError } from '../../http/failure';
import { explanation, failureOfStatus, oneLine } from '../../http/status';
import type { HttpAnswer } from '../../http/types';
import { isEmptyList, saysError, wordsOf } from '../peer-says';
import type { Request } from './compile-request';
import type { Operation, RequestData } from './operation';
import { unreadable } from './read-answer';
import { parseXml } from './wire/xml';

const peer = 'The billing system';

/** One call that was made, for messages. */
export interface CallMade {
  operation: Operation;
  request: Request;
  data: RequestData;
  subject: string;
  repeatable: boolean;
}

/** The error of an answer from 400 on that means nothing special to the call, as the HTTP client would throw it. */
export function refusal({ status, headers, body }: HttpAnswer, { request, subject }: CallMade): AdapterError {
  const what = `${request.method} ${request.path}`;
  return toAdapterError(
    failureOfStatus(status, { headers, body, text: '', wait: undefined }, said => said),
    {
      ...{ family: 'BILLING', peer, what, subject, attempt: 1 },
    },
  );
}

/** Checks that an answer whose status is a success is one: by the template, or, where nothing else of the answer is read, by the
 *  usual names of an error.
 *  @throws BILLING_BAD_RESPONSE with billing's words; retryable as the template says, else when the call can be repeated */
export async function checkSuccess(
  { status, headers, body }: HttpAnswer,
  made: CallMade,
  isUnread: boolean,
): Promise<void> {
  const { operation, data } = made;
  const seen = { status, headers, request: data };
  const said = operation.error ? await operation.error(body, seen) : isUnread && saysError(body);
  if (said === undefined || said === null || said === false || said === '') return;
  const { message, retryable } = isObject(said) ? said : { message: said, retryable: undefined };
  const words = typeof message === 'string' && message !== '' ? oneLine(message) : explanation(body);
  const text = `answered ${status} with an error: ${words ?? 'it gives no reason'}`;
  throw failed(text, status, { ...made, repeatable: typeof retryable === 'boolean' ? retryable : made.repeatable });
}

/** What an answer that came as text says: an object of its XML, its text, or its JSON; `null` when it is empty.
 *  @throws BILLING_BAD_RESPONSE for a page, and for XML where JSON is meant or the other way round */
export function bodyIn({ status, body }: HttpAnswer, made: CallMade): unknown {
  const text = typeof body === 'string' ? body.replace(/^\ufeff/, '').trim() : '';
  if (text === '') return null;
  const { decode } = made.operation;
  if (decode === 'text') return text;
  if (decode === 'xml') return xmlIn(text, status, made);
  try {
    const json: unknown = JSON.parse(text);
    return json;
  } catch {
    if (!text.startsWith('<')) return text;
    throw failed(`answered ${status} with HTML or XML instead of JSON: is the address right?`, status, made);
  }
}

/** Some systems write XML and report their errors in JSON. */
function xmlIn(text: string, status: number, made: CallMade): unknown {
  const read =
    natureOf(text) === 'an HTML page' ? undefined : text.startsWith('<') ? parseXml(text) : parseJson(text)?.value;
  if (read !== undefined) return read;
  // A refusal says enough by its status.
  if (status >= 400) return null;
  throw failed(
    `answered ${status} with ${natureOf(text)} instead of well-formed XML: is the address right?`,
    status,
    made,
  );
}

/** For an answer in which nothing was found: `null` when it is a list that is empty.
 *  @throws BILLING_BAD_RESPONSE with billing's words for anything else */
export function nothingFound(field: string, body: unknown): null {
  if (isEmptyList(body)) return null;
  const remedy = `Compare the template with a real answer; where such an answer says that there is none, tell so in ${field.replace(/\.answer$/, '.absent')}.`;
  throw unreadable(field, 'gave nothing, and the answer is no empty list', wordsOf(body), remedy);
}

function failed(text: string, httpStatus: number, { request, subject, repeatable }: CallMade): AdapterError {
  return new AdapterError('BILLING_BAD_RESPONSE', `${peer} ${text} (${subject}, ${request.method} ${request.path}).`, {
    subject,
    httpStatus,
    retryable: repeatable,
  });
}
