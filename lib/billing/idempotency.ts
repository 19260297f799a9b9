import { createHash } from 'node:crypto';

/** What systems with such a header take, in characters. */
const longest = 255;

/** The key under which billing executes a call once, however often it is sent: the same in every attempt, run and process for
 *  the same operation on the same thing. ASCII, at most 255 characters. */
export function idempotencyKey(target: string, operation: string, subjectKey: string): string {
  const key = [target, operation, subjectKey].map(part => encodeURIComponent(part)).join(':');
  return key.length <= longest ? key : createHash('sha256').update(key).digest('hex');
}
