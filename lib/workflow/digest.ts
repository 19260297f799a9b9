import { createHash } from 'node:crypto';

/** A digest for each resolved input, so that a journal can tell which one changed without keeping any value. */
export function digestsOf(inputs: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, value === anyValue ? anyDigest : digest(value)]),
  );
}

/** Of an input that does not tell steps apart, though an older version recorded it as one that does. */
export const anyValue: unique symbol = Symbol('any value');
/** What is recorded for `anyValue`; no digest looks like it. */
const anyDigest = '*';

/** Recorded among the inputs of a step behind a join: the order in which the branches came. What a flow takes from a joined
 *  message may depend on that order, and the next pass may have another. */
export const branchOrder = 'order of the branches';

/** Recorded among the inputs of a step: a digest of the settings of the nodes before it. It makes no input differ, but when one
 *  does, it tells an edited flow from a flow that computes another value each time. */
export const flowBefore = 'flow before';

/** Names of the inputs that differ, are new or are gone, without those that may take any value. */
export function changedInputs(before: Record<string, string>, now: Record<string, string>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  names.delete(flowBefore);
  const isSame = (name: string) => before[name] === now[name] || before[name] === anyDigest || now[name] === anyDigest;
  return [...names].filter(name => !isSame(name)).sort();
}

/** 22 characters, 132 bits of SHA-256, of a value as canonical JSON. Stored in journals: another form would make every open run
 *  stop as changed. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64').slice(0, 22);
}

/** JSON with sorted keys: two equal values give one text. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`);
  return `{${fields.join(',')}}`;
}
