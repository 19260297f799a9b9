import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Compares without telling by its time how much fits. */
export function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** 24 characters that fit into a shell line and a header. */
export function randomSecret(): string {
  return randomBytes(18).toString('base64url');
}
