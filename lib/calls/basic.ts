import { timingSafeEqual } from 'node:crypto';
import { AdapterError } from '../errors';

/** What WAP has to show when it calls. */
export interface CallCredentials {
  user: string;
  password: string;
}

/** No credentials are longer, in bytes. */
const longest = 1024;

/** Tells whether an `Authorization` header is Basic with these credentials. The time it takes says nothing about them:
 *  what is compared has one length, and it is always compared with all of them.
 *  @throws INPUT_INVALID for credentials that are too long */
export function credentialsCheck({ user, password }: CallCredentials): (header: string | undefined) => boolean {
  // .NET sends letters beyond ASCII in one byte each, everyone else as UTF-8.
  const wanted = (['utf8', 'latin1'] as const).map(encoding => Buffer.from(`${user}:${password}`, encoding));
  if (wanted.some(({ length }) => length > longest)) {
    throw new AdapterError('INPUT_INVALID', `password: with the user it is longer than ${longest} bytes.`, {
      subject: 'password',
    });
  }
  const padded = wanted.map(padding);
  return header => {
    const given = padding(Buffer.from(/^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(header ?? '')?.[1] ?? '', 'base64'));
    return padded.filter(each => timingSafeEqual(given, each)).length > 0;
  };
}

/** The length, and as many bytes as could possibly match, in a buffer of one fixed size. */
function padding(bytes: Buffer): Buffer {
  const padded = Buffer.alloc(longest + 4);
  padded.writeUInt32LE(bytes.length);
  bytes.copy(padded, 4, 0, longest);
  return padded;
}
