import { guarded } from '../http/guard';
import { Secrets } from '../http/secrets';
import type { BillingSettings } from './settings';
import type { UsageSink } from './usage-port';

/** Everything secret in the settings: credentials, values that came into them from the environment, and `ofProvider`, which
 *  only the provider can find. */
export function secretsOf(
  { auth, http, secondSecret, secrets: values = [] }: BillingSettings,
  ofProvider: readonly string[],
): Secrets {
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
  if (secondSecret) secrets.addToken(secondSecret);
  for (const value of [...values, ...ofProvider]) secrets.addToken(value);
  return secrets;
}

/** The reasons of refused usage are billing's own words, and they are stored and shown: secrets must not get into them. */
export function withoutSecretReasons(usage: UsageSink, secrets: Secrets): UsageSink {
  const shown = (each: unknown) =>
    typeof each === 'object' && each !== null && 'reason' in each && typeof each.reason === 'string'
      ? { ...each, reason: secrets.hide(each.reason) }
      : each;
  return guarded(usage, secrets, result => (Array.isArray(result) ? result.map(shown) : result));
}
