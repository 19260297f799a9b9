import { createHash, timingSafeEqual } from 'node:crypto';

export interface CallCredentials {
  user: string;
  password: string;
}

/** Tells whether an `Authorization` header is Basic with these credentials. The time it takes says nothing about them:
 *  digests of one length are compared, and always all of them. */
export function credentialsCheck({ user, password }: CallCredentials): (header: string | undefined) => boolean {
  // .NET sends letters beyond ASCII in one byte each, everyone else as UTF-8.
  const wanted = (['utf8', 'latin1'] as const).map(encoding => digest(Buffer.from(`${user}:${password}`, encoding)));
  return header => {
    const given = digest(Buffer.from(/^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(header ?? '')?.[1] ?? '', 'base64'));
    return wanted.filter(each => timingSafeEqual(given, each)).length > 0;
  };
}

const digest = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
