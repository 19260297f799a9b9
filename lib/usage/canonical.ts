import { createHash } from 'node:crypto';
import { foldId } from '../ids';

/** A short name for a JSON value, the same whatever the order of its fields, and the case of the GUIDs in it: WAP need not
 *  keep either. */
export function fingerprint(value: unknown): string {
  return digest(value, foldId);
}

/** The same as versions made it that told GUIDs apart by their case. */
export function olderFingerprint(value: unknown): string {
  return digest(value, text => text);
}

function digest(value: unknown, fold: (text: string) => string): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value, fold)))
    .digest('hex');
}

function sorted(value: unknown, fold: (text: string) => string): unknown {
  if (typeof value === 'string') return fold(value);
  if (Array.isArray(value)) return value.map(each => sorted(each, fold));
  if (value === null || typeof value !== 'object') return value;
  // Pairs, not an object: no field name can then be special.
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([field, inner]) => [field, sorted(inner, fold)]);
}
