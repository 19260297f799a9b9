import { digest } from './digest';

/** Digests of what a message has: of each property, and of what is directly in those that are plain objects, by `name` and
 *  `name.inner`. Two messages are compared by them without keeping either. */
export type Marks = ReadonlyMap<string, string>;

/** Properties that belong to one message or one pass, and are no part of what branches make. Node-RED's own begin with _. */
const passing = new Set(['req', 'res', 'workflow']);

export function isKept(name: string, value: unknown): boolean {
  return !passing.has(name) && !name.startsWith('_') && typeof value !== 'function' && value !== undefined;
}

export function marksOf(msg: Record<string, unknown>): Marks {
  const marks = new Map<string, string>();
  for (const [name, value] of Object.entries(msg)) {
    if (!isKept(name, value)) continue;
    marks.set(name, digest(value));
    if (!isPlain(value)) continue;
    for (const [inner, part] of Object.entries(value)) {
      if (part !== undefined) marks.set(`${name}.${inner}`, digest(part));
    }
  }
  return marks;
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A function node makes its objects in another realm.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
