import { explanation } from '../http/status';

type Fields = Record<string, unknown>;

/** How deep an answer is looked through: nobody nests a list or an error deeper. */
const deepest = 3;
const isFailure = (word: unknown): boolean =>
  typeof word === 'string' && /^(error|errors|fail|failed|failure|ko|nok|denied|refused|unauthori[sz]ed)$/i.test(word);
/** What systems write as the code of a success. */
const goodCodes = new Set(['', '0', '200', '201', '202', '204', 'ok', 'success']);

/** Whether an answer says by one of the usual names that the call failed, whatever its status: `{"result":"error"}`,
 *  `{"success":false}`, `{"error":…}`, or a code that is no success beside a message. */
export function saysError(body: unknown): boolean {
  if (!isFields(body)) return false;
  const of = (...names: string[]) => names.map(name => body[name]);
  if (of('result', 'Result', 'status', 'Status').some(isFailure)) return true;
  if (of('success', 'Success', 'ok').some(word => word === false || word === 'false')) return true;
  if (of('error', 'Error', 'errors', 'Errors').some(isSaid)) return true;
  const [code] = of('code', 'Code', 'errorCode').filter(
    given => typeof given === 'string' || typeof given === 'number',
  );
  const says = of('message', 'Message').some(isSaid);
  return says && code !== undefined && !goodCodes.has(String(code).toLowerCase());
}

/** Whether an answer is a list with nothing in it: `[]`, or an object whose lists are all empty and that says no error. */
export function isEmptyList(body: unknown): boolean {
  const lists = listsIn(body, deepest);
  return lists.length > 0 && lists.every(list => list.length === 0) && !saysError(body);
}

/** Billing's own words about an error, as the end of a sentence; empty when there are none. */
export function wordsOf(body: unknown): string {
  const said = explanation(body);
  return said === null ? '' : ` Billing says: ${said}.`;
}

function listsIn(body: unknown, depth: number): unknown[][] {
  if (Array.isArray(body)) return [body];
  if (!isFields(body) || depth === 0) return [];
  return Object.values(body).flatMap(value => listsIn(value, depth - 1));
}

function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isFields(value)) return Object.keys(value).length > 0;
  return typeof value === 'string' ? value.trim() !== '' && value !== '0' : value === true;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
