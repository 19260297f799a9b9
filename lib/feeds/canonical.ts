import { createHash } from 'node:crypto';
import { foldId } from '../ids';

/** A hash of a JSON value that ignores the order of its fields and the case of its GUIDs: WAP promises to keep neither, and a
 *  record would go to quarantine because of them. */
export function fingerprint(value: unknown): string {
  return digest(value, foldId);
}

/** The hashes that older versions stored for the same value: they told GUIDs apart by case, and rounded whole numbers beyond
 *  2^53, which are texts now. */
export function olderFingerprints(value: unknown): string[] {
  let isRounded = false;
  const rounded = (text: string) => {
    if (!/^-?[1-9]\d{15,}$/.test(text) || Number.isSafeInteger(Number(text))) return text;
    isRounded = true;
    return Number(text);
  };
  const names = [digest(value, text => text), digest(value, rounded)];
  return isRounded ? names : names.slice(0, 1);
}

/** What becomes of each text before it is hashed. */
type Fold = (text: string) => string | number;

function digest(value: unknown, fold: Fold): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value, fold)))
    .digest('hex');
}

/** Every text folded, and the fields of every object in one order; lists keep theirs. */
function sorted(value: unknown, fold: Fold): unknown {
  if (typeof value === 'string') return fold(value);
  if (Array.isArray(value)) return value.map(each => sorted(each, fold));
  if (value === null || typeof value !== 'object') return value;
  // Pairs, not an object: no field name can then be special.
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([field, inner]) => [field, sorted(inner, fold)]);
}
