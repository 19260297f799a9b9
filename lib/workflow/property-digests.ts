import { digest } from './digest';
import { isPlain, passing } from './storable';

/** Digests of what a message has: of each property, and of what is directly in those that are plain objects, by `name` and
 *  `name.inner`. Two messages are compared by them without keeping either. */
export type PropertyDigests = ReadonlyMap<string, string>;

/** Whether a property is part of what branches make. Node-RED's own begin with _. */
export function isKept(name: string, value: unknown): boolean {
  return !passing.has(name) && !name.startsWith('_') && typeof value !== 'function' && value !== undefined;
}

/** Two levels, because branches of a run mostly set different things in one object, such as `msg.wap`. */
export function propertyDigests(msg: Record<string, unknown>): PropertyDigests {
  const digests = new Map<string, string>();
  for (const [name, value] of Object.entries(msg)) {
    if (!isKept(name, value)) continue;
    digests.set(name, digest(value));
    if (!isPlain(value)) continue;
    for (const [inner, part] of Object.entries(value)) {
      if (part !== undefined) digests.set(`${name}.${inner}`, digest(part));
    }
  }
  return digests;
}
