import { AdapterError } from '../errors';

/** A message as JSON text, and the properties that only the live message has. */
export interface StorableMessage {
  text: string;
  missing: string[];
}

/** Properties that belong to one connection or one pass, and mean nothing afterwards. */
export const passing: ReadonlySet<string> = new Set(['req', 'res', 'workflow']);

/** Turns a message into JSON text. `req`, `res` and functions are left out and named in `missing`.
 *  @throws INPUT_INVALID naming the property of any other value that JSON would lose or change. */
export function toStorable(msg: Record<string, unknown>): StorableMessage {
  const missing: string[] = [];
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(msg)) {
    if (typeof value === 'function' || (passing.has(name) && name !== 'workflow')) missing.push(name);
    else if (!passing.has(name) && value !== undefined) kept[name] = checked(value, `msg.${name}`, new Set());
  }
  return { text: JSON.stringify(kept), missing };
}

/** The value itself, once it is known to survive JSON. */
export function checked(value: unknown, path: string, above: Set<object>): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || value === undefined) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : refuse(path, `the number ${value}`);
  if (typeof value !== 'object') return refuse(path, `a ${typeof value}`);
  if (above.has(value)) return refuse(path, 'an object that contains itself');
  const inside = new Set(above).add(value);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checked(item, `${path}[${index}]`, inside);
    return value;
  }
  if (!isPlain(value)) return refuse(path, `a ${value.constructor?.name ?? 'special object'}`);
  for (const [name, item] of Object.entries(value)) checked(item, `${path}.${name}`, inside);
  return value;
}

/** A plain object. One made in a function node comes from another realm, with an `Object` of its own. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @throws INPUT_INVALID, always */
function refuse(path: string, what: string): never {
  throw AdapterError.advising(
    'INPUT_INVALID',
    `${path}: ${what} cannot be stored for a workflow that survives a restart. Change it to text, number, list or plain object, or delete it before.`,
    { subject: path },
  );
}
