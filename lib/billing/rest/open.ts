import { headerName } from '../auth';
import type { OpenedProvider, ProviderKind, ProviderTools } from '../provider';
import type { BillingSettings } from '../settings';
import { RestCalls } from './calls';
import { compileTemplates } from './compile';
import { RestOffers } from './offers';
import { noSubscriptions, RestSubscriptions } from './subscriptions';
import { defaultTemplates } from './templates';
import { noUsage, RestUsage } from './usage';

/** Any billing system with a JSON API, described by templates. */
export const restProvider: ProviderKind = { open, secretsIn };

function open(settings: BillingSettings, { http, clock, compile, target }: ProviderTools): OpenedProvider {
  const { offers, subscriptions, usage } = compileTemplates(settings.templates ?? defaultTemplates, compile);
  const calls = new RestCalls(http, target, idempotencyHeader(settings));
  const { retries, totalTimeoutMs } = settings.http;
  const repeat = { retries, totalTimeoutMs, clock };
  return {
    provider: new RestOffers(calls, offers, repeat),
    subscriptions: subscriptions ? new RestSubscriptions(calls, subscriptions, repeat) : noSubscriptions,
    usage: usage ? new RestUsage(calls, usage) : noUsage,
  };
}

function idempotencyHeader({ idempotencyHeader: header }: BillingSettings): string | null {
  return header === undefined || header === '' ? null : headerName(header, 'idempotencyHeader');
}

const secretNames = /key|token|secret|passw|pwd|auth|signature|credential/i;

/** Fixed texts of queries and headers whose name says that they are a credential. */
function secretsIn({ templates }: BillingSettings): string[] {
  return Object.values(templates ?? {}).flatMap((operation: unknown) => {
    const { query, headers } = { ...(operation as Record<string, unknown> | null) };
    const texts = Object.entries({ ...(query as object | null), ...(headers as object | null) });
    return texts.flatMap(([name, text]) =>
      typeof text === 'string' && secretNames.test(name) && !text.includes('{') ? [text] : [],
    );
  });
}
