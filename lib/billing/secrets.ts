import { guarded } from '../http/guard';
import { Secrets } from '../http/secrets';
import type { BillingSettings } from './settings';
import type { UsageSink } from './usage-port';

const secretNames = /key|token|secret|passw|pwd|auth|signature|credential/i;

/** All that is secret in the settings: credentials, what came into templates from the environment, and what is written in a
 *  template where credentials stand in other APIs. */
export function secretsOf({ auth, http, templates, secrets: values = [] }: BillingSettings): Secrets {
  const secrets = new Secrets();
  switch (auth?.kind) {
    case 'basic':
      secrets.addPassword(auth.password, auth.user);
      // Some systems take their key as the user, with no password.
      if (auth.password === '') secrets.addToken(auth.user);
      break;
    case 'bearer':
      secrets.addToken(auth.token);
      break;
    case 'header':
      secrets.addToken(auth.value);
      break;
    default:
  }
  secrets.addProxy(http.proxy);
  for (const value of [...values, ...writtenIn(templates)]) secrets.addToken(value);
  return secrets;
}

/** Fixed texts of queries and headers whose name says that they are a credential. */
function writtenIn(templates: unknown): string[] {
  if (typeof templates !== 'object' || templates === null) return [];
  return Object.values(templates).flatMap((operation: unknown) => {
    const { query, headers } = { ...(operation as Record<string, unknown> | null) };
    const texts = Object.entries({ ...(query as object | null), ...(headers as object | null) });
    return texts.flatMap(([name, text]) =>
      typeof text === 'string' && secretNames.test(name) && !text.includes('{') ? [text] : [],
    );
  });
}

/** The reasons of refused usage are billing's own words: they are stored and shown. */
export function tellingNothing(usage: UsageSink, secrets: Secrets): UsageSink {
  const shown = (each: unknown) =>
    typeof each === 'object' && each !== null && 'reason' in each && typeof each.reason === 'string'
      ? { ...each, reason: secrets.hide(each.reason) }
      : each;
  return guarded(usage, secrets, result => (Array.isArray(result) ? result.map(shown) : result));
}
