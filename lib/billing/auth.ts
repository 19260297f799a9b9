import { shapeOf } from '../errors';
import type { Authorizer } from '../http/types';
import { inputInvalid } from './invalid';
import type { BillingAuth } from './settings';

/** What every call carries so that billing accepts it. */
export interface Credentials {
  authorizer?: Authorizer;
  headers: Record<string, string>;
}

/** @throws INPUT_INVALID naming the field, never quoting the secret */
export function credentialsOf(auth: BillingAuth): Credentials {
  switch (auth?.kind) {
    case 'none':
      return { headers: {} };
    case 'basic': {
      const user = headerText(auth.user, 'auth.user', 'Give the user name.');
      if (user.includes(':')) throw inputInvalid('auth.user', 'has a colon', 'Basic authentication cannot carry it.');
      const password = headerText(auth.password, 'auth.password', 'Give the password.', true);
      return fixed(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
    }
    case 'bearer':
      return fixed(`Bearer ${asciiText(auth.token, 'auth.token', 'Give the token, without the word Bearer.')}`);
    case 'header':
      return {
        headers: {
          [headerName(auth.name, 'auth.headerName')]: asciiText(
            auth.value,
            'auth.token',
            'Give the value of the header.',
          ),
        },
      };
    default:
      throw inputInvalid('auth.kind', 'is not known', 'Use none, basic, bearer or header.');
  }
}

/** @throws INPUT_INVALID */
export function headerName(name: unknown, field: string): string {
  if (typeof name === 'string' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return name;
  throw inputInvalid(field, 'is not a header name', 'Use letters, digits and "-", like X-Api-Key.');
}

function fixed(value: string): Credentials {
  return { headers: {}, authorizer: { header: async () => value } };
}

/** @throws INPUT_INVALID for what is no text, or an empty one */
function headerText(value: unknown, field: string, remedy: string, mayBeEmpty = false): string {
  if (typeof value !== 'string' || (value === '' && !mayBeEmpty))
    throw inputInvalid(field, `is ${shapeOf(value)}`, remedy);
  return value;
}

/** A header carries nothing else safely; a space at its end would be cut off on the way. @throws INPUT_INVALID */
function asciiText(value: unknown, field: string, remedy: string): string {
  const text = headerText(value, field, remedy);
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text)) return text;
  throw inputInvalid(field, 'has a line break, a space at its end or a letter outside ASCII', remedy);
}
