import { createHash, timingSafeEqual } from 'node:crypto';

export interface CallCredentials {
  user: string;
  password: string;
}

/** Whether an `Authorization` header is Basic with these credentials. The time it takes tells nothing about them: digests
 *  of one length are compared, and always all of them. */
export function isAuthorized(header: string | undefined, { user, password }: CallCredentials): boolean {
  const given = digest(Buffer.from(/^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(header ?? '')?.[1] ?? '', 'base64'));
  // .NET sends letters beyond ASCII in one byte each, everyone else as UTF-8.
  const encodings = ['utf8', 'latin1'] as const;
  const fitting = encodings.filter(encoding =>
    timingSafeEqual(given, digest(Buffer.from(`${user}:${password}`, encoding))),
  );
  return fitting.length > 0;
}

const digest = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
