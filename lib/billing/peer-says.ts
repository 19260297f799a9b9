import { isObject } from '../errors';
import { explanation } from '../http/status';

/** How deep an answer is searched: nobody nests a list or an error deeper. */
const deepest = 3;
const isFailure = (word: unknown): boolean =>
  typeof word === 'string' && /^(error|errors|fail|failed|failure|ko|nok|denied|refused|unauthori[sz]ed)$/i.test(word);
/** How a text begins that is the whole answer and means a failure. */
const badText = /^(error|fail|failed|failure|invalid|denied|refused|forbidden|unauthori[sz]ed|false)\b/i;
/** Codes that systems write for a success. */
const goodCodes = new Set(['', '0', '00', '000', '0000', '200', '201', '202', '204', 'ok', 'success']);

// Names in lower case, without "_" and "-".
const results = ['result', 'status'];
const successes = ['success', 'ok', 'succeeded', 'issuccess', 'successful'];
const failures = ['iserror', 'haserror', 'haserrors', 'failed', 'isfailure'];
const complaints = [
  'error',
  'errors',
  'err',
  'fault',
  'exception',
  'errormessage',
  'errormsg',
  'errmsg',
  'faultstring',
];
const errorCodes = ['errorcode', 'errcode'];
const codes = ['code', 'returncode', 'statuscode', 'resultcode', 'responsecode'];
const messages = ['message', 'msg', 'returnmessage', 'statusmessage', 'resultmessage', 'responsemessage'];
/** Objects in which an answer says how the call ended. */
const envelopes = ['response', 'responsestatus', 'result', 'status', 'meta', 'header', 'return'];

/** Whether an answer says by one of the usual names that the call failed, whatever its status is: `{"result":"error"}`,
 *  `{"success":false}`, `{"error":…}`, a code other than those of success beside a message, or one of these in `response`. */
export function saysError(body: unknown, depth = 2): boolean {
  if (body === false) return true;
  if (typeof body === 'string') return badText.test(body.trim());
  if (!isObject(body)) return false;
  const named = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase().replace(/[-_]/g, ''), value]));
  const some = (names: string[], test: (value: unknown) => boolean) => names.some(name => test(named.get(name)));
  if (some(results, isFailure) || some(complaints, isSaid) || some(errorCodes, isBadCode)) return true;
  if (some(successes, isNo) || some(failures, isYes)) return true;
  if (some(codes, isBadCode) && some(messages, isSaid)) return true;
  return depth > 1 && some(envelopes, inner => isObject(inner) && saysError(inner, depth - 1));
}

/** Whether an answer is an empty list: `[]`, or an object whose lists are all empty and that says no error. */
export function isEmptyList(body: unknown): boolean {
  const lists = listsIn(body, deepest);
  return lists.length > 0 && lists.every(list => list.length === 0) && !saysError(body);
}

/** Billing's own words about an error, as a sentence to append; empty when there are none. */
export function wordsOf(body: unknown): string {
  const said = explanation(body);
  return said === null ? '' : ` Billing says: ${said}.`;
}

/** All lists in an answer, as deep as it is searched. */
function listsIn(body: unknown, depth: number): unknown[][] {
  if (Array.isArray(body)) return [body];
  if (!isObject(body) || depth === 0) return [];
  return Object.values(body).flatMap(value => listsIn(value, depth - 1));
}

const isNo = (value: unknown): boolean => value === false || value === 0 || /^(false|0|no)$/i.test(textIn(value));
/** Also true for a count of failures. */
const isYes = (value: unknown): boolean =>
  value === true || (typeof value === 'number' && value > 0) || /^(true|yes)$/i.test(textIn(value));
const isBadCode = (value: unknown): boolean =>
  (typeof value === 'string' || typeof value === 'number') && !goodCodes.has(String(value).trim().toLowerCase());
const textIn = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

/** Whether a field for errors says anything: zeros and empty texts are how many systems write "none". */
function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  if (typeof value === 'number') return value > 0;
  return typeof value === 'string' ? value.trim() !== '' && value !== '0' : value === true;
}
