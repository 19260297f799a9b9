import { Remembered } from '../async/remembered';
import { AdapterError } from '../errors';
import type { Secrets } from './secrets';

/** Fields by which an API says what went wrong. */
const wordFields =
  /^(last_?error_?message|errors?|inner_?errors|error_?(message|description|details?)|messages?|reasons?|details?|faultstring|exception|warnings?)$/i;
/** Levels of an answer and of an error's details; more come only from somebody who wants to overflow the stack. */
const deepestAnswer = 500;
const deepestCause = 12;

type Open = Record<string, unknown>;

/** Removes secrets from the prose in an answer, wherever it is: `LastErrorMessage`, `error`, `message`, `reason` … and
 *  everything below them. Ids, names and quantities stay as they came. Changes `value` in place.
 *  @returns false when it is nested so deeply that walking it would overflow the stack: that is no answer */
export function hideWords(value: unknown, secrets: Secrets): boolean {
  return walk(value, secrets, false, 0);
}

/** False when it is nested too deeply. `areWords`: below a field whose name says that it holds prose. */
function walk(value: unknown, secrets: Secrets, areWords: boolean, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > deepestAnswer) return false;
  const fields = value as Open;
  for (const name in fields) {
    const field = fields[name];
    if (typeof field === 'string') {
      if (areWords || isWordField(name)) fields[name] = secrets.hide(field);
    } else if (typeof field === 'object' && !walk(field, secrets, areWords || isWordField(name), depth + 1))
      return false;
  }
  return true;
}

/** The same field names come again and again; each is tested once. */
const seenNames = new Remembered<boolean>(5000);

function isWordField(name: string): boolean {
  return seenNames.get(name, () => wordFields.test(name));
}

/** What a result may be shown as. */
type Shown = (result: unknown) => unknown;
const same: Shown = result => result;

/** The same port with every error filtered: message, stack and cause. Covers promises and async iterables as well. `shown`
 *  turns each result into what may be shown. */
export function guarded<T extends object>(port: T, secrets: Secrets, shown: Shown = same): T {
  const known = new Map<unknown, unknown>();
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const before = known.get(member);
      if (before) return before;
      const made = (...given: unknown[]) => safely(() => Reflect.apply(member, target, given), secrets, shown);
      known.set(member, made);
      return made;
    },
  });
}

/** Calls a member and filters whatever it throws, now or later. */
function safely(work: () => unknown, secrets: Secrets, shown: Shown): unknown {
  try {
    const result = work();
    if (result instanceof Promise) return result.then(shown, error => refuse(error, secrets));
    return isStream(result) ? stream(result, secrets) : result;
  } catch (error) {
    return refuse(error, secrets);
  }
}

function refuse(error: unknown, secrets: Secrets): never {
  throw withoutSecrets(error, secrets);
}

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

async function* stream(source: AsyncIterable<unknown>, secrets: Secrets): AsyncGenerator<unknown> {
  try {
    yield* source;
  } catch (error) {
    refuse(error, secrets);
  }
}

/** The error without secrets; the same object when there were none. */
function withoutSecrets(error: unknown, secrets: Secrets): unknown {
  if (!(error instanceof Error)) return error;
  const message = secrets.hide(error.message);
  const stack = secrets.hide(error.stack ?? '');
  const cause = error instanceof AdapterError ? hiddenIn(error.cause, secrets) : undefined;
  if (message === error.message && stack === (error.stack ?? '') && sameText(cause, error.cause)) return error;
  if (error instanceof AdapterError) return Object.assign(new AdapterError(error.code, message, cause), { stack });
  return Object.assign(new Error(message), { name: error.name, stack });
}

/** Compared as JSON: a cause holds only plain data. */
function sameText(a: unknown, b: unknown): boolean {
  return a === undefined || JSON.stringify(a) === JSON.stringify(b);
}

/** A copy of plain data with every text filtered. What lies deeper than anybody looks is left out: it was not filtered. */
export function hiddenIn<T>(value: T, secrets: Secrets): T {
  return filtered(value, secrets, 0) as T;
}

function filtered(value: unknown, secrets: Secrets, depth: number): unknown {
  if (typeof value === 'string') return secrets.hide(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepestCause) return '…';
  if (Array.isArray(value)) return value.map(each => filtered(each, secrets, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filtered(each, secrets, depth + 1)]));
}
