/** What expressions of templates can call besides JSONata's own functions. */
import { createHash } from 'node:crypto';
import Big from 'big.js';

export const functions = { shortKey, slug, minorUnits };

const letters = 'abcdefghijklmnopqrstuvwxyz234567';

/** `$shortKey(key, max)`: a key that is too long becomes `max` letters and digits of its digest, the same every time; a shorter
 *  one stays as it is. Below 16 characters two keys could become one.
 *  @throws Error for arguments that are no key and no length */
export function shortKey(key: unknown, max: unknown): string | undefined {
  if (key === undefined) return undefined;
  if (typeof key !== 'string') throw new Error('$shortKey needs a text as its first argument');
  const most = lengthOf(max, '$shortKey');
  return key.length <= most ? key : digest(key).slice(0, most);
}

/** `$slug(text, max)`: small letters, digits and single "_" only, at most `max` characters, a letter first: for systems that allow
 *  no other keys. Where more than case is lost, a digest of the whole is added, so that two texts never become one.
 *  @throws Error for arguments that are no text and no length */
export function slug(text: unknown, max: unknown): string | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw new Error('$slug needs a text as its first argument');
  const most = lengthOf(max, '$slug');
  const folded = text.toLowerCase();
  const plain = folded.replace(/[^a-z0-9]+/g, '_').replace(/^_|_$/g, '');
  if (plain === folded && plain.length <= most && /^[a-z]/.test(plain)) return plain;
  const mark = digest(folded).slice(0, 12);
  const begin = plain.slice(0, most - mark.length - 3).replace(/_$/, '');
  return `${/^[a-z]/.test(begin) ? begin : `n_${begin}`.replace(/_$/, '')}_${mark}`;
}

/** `$minorUnits(amount, currency)`: `"19.90"` euros are `"1990"` cents, and 1990 yen stay as they are (ISO 4217). Exact; a part of a
 *  cent stays: `"0.0125"` is `"1.25"`.
 *  @throws Error for what is no amount or no currency */
export function minorUnits(amount: unknown, currency: unknown): string | undefined {
  if (amount === undefined) return undefined;
  const text = typeof amount === 'number' ? String(amount) : amount;
  if (typeof text !== 'string' || !/^-?\d+(\.\d+)?$/.test(text))
    throw new Error('$minorUnits needs an amount like "19.90"');
  if (typeof currency !== 'string' || !/^[a-z]{3}$/i.test(currency))
    throw new Error('$minorUnits needs a currency like "EUR"');
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  return Big(text).times(Big(10).pow(maximumFractionDigits)).toFixed();
}

function lengthOf(max: unknown, name: string): number {
  if (typeof max === 'number' && Number.isInteger(max) && max >= 16) return max;
  throw new Error(`${name} needs a whole number from 16 on as its second argument`);
}

/** SHA-256 in base32 (RFC 4648), in lower case and without padding. */
function digest(text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  const bits = Array.from(bytes, byte => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map(five => letters.charAt(Number.parseInt(five.padEnd(5, '0'), 2))).join('');
}
