import { createHash } from 'node:crypto';

/** Systems with such a header take up to 255 characters. */
const longest = 255;

/** The key under which billing executes a call once, however often it is sent: the same for the same operation on the
 *  same offer, in every attempt, run and process. ASCII, at most 255 characters. */
export function idempotencyKey(target: string, operation: string, offerKey: string): string {
  const key = [target, operation, offerKey].map(part => encodeURIComponent(part)).join(':');
  return key.length <= longest ? key : createHash('sha256').update(key).digest('hex');
}
