import { createHash } from 'node:crypto';

const letters = 'abcdefghijklmnopqrstuvwxyz234567';

/** `$shortKey(key, max)`: a key that is too long becomes `max` letters and digits of its digest, the same every time; a shorter
 *  one stays as it is. Below 16 characters two keys could become one.
 *  @throws Error for arguments that are no key and no length */
export function shortKey(key: unknown, max: unknown): string | undefined {
  if (key === undefined) return undefined;
  if (typeof key !== 'string') throw new Error('$shortKey needs a text as its first argument');
  if (typeof max !== 'number' || !Number.isInteger(max) || max < 16)
    throw new Error('$shortKey needs a whole number from 16 on as its second argument');
  return key.length <= max ? key : base32(createHash('sha256').update(key).digest()).slice(0, max);
}

/** RFC 4648 in lower case, without padding. */
function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, byte => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map(five => letters.charAt(Number.parseInt(five.padEnd(5, '0'), 2))).join('');
}
