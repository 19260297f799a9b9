import { headerName } from '../auth';
import { optionsOf } from '../options';
import type { OpenedProvider, ProviderKind, ProviderTools } from '../provider';
import type { BillingSettings } from '../settings';
import { type EveryCall, RestCalls } from './calls';
import { compileTemplates } from './compile';
import { type AsTaken, RestOffers } from './offers';
import { noSubscriptions, RestSubscriptions } from './subscriptions';
import { defaultTemplates } from './templates';
import { operationOf, tryCall } from './try-call';
import { noUsage, RestUsage } from './usage';

/** Any billing system with an HTTP API, described by templates. */
export const restProvider: ProviderKind = {
  form: {
    address: '${BILLING_URL:-http://127.0.0.1:30100}',
    signIn: null,
    options: {
      secondHeader: { preset: '', optional: true, shape: { pattern: '[A-Za-z0-9-]+', sample: 'X-Tenant-Secret' } },
      secondSecret: { preset: '', secret: true, with: 'secondHeader' },
    },
  },
  open: (settings, tools) => {
    const { options, secondSecret } = optionsOf(restProvider.form.options, settings);
    const { secondHeader = '' } = options;
    return openTemplates(settings, tools, {
      templates: settings.templates ?? defaultTemplates,
      every: {
        options,
        idempotencyHeader: idempotencyHeader(settings),
        headers: secondHeader === '' ? {} : { [secondHeader]: secondSecret },
      },
    });
  },
  secretsIn,
};

/** What a billing system is beside its settings. */
export interface Described {
  templates: object;
  every: Omit<EveryCall, 'target'>;
  asTaken?: AsTaken;
}

/** The ports of a billing system that templates describe.
 *  @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
export function openTemplates(
  settings: BillingSettings,
  { http, clock, compile, target }: ProviderTools,
  { templates, every, asTaken = wanted => wanted }: Described,
): OpenedProvider {
  const compiled = compileTemplates(templates, compile);
  const { offers, subscriptions, usage } = compiled;
  const calls = new RestCalls(http, { ...every, target });
  const { retries, totalTimeoutMs } = settings.http;
  const repeat = { retries, totalTimeoutMs, clock };
  return {
    provider: new RestOffers(calls, offers, repeat, asTaken),
    subscriptions: subscriptions ? new RestSubscriptions(calls, subscriptions, repeat) : noSubscriptions,
    usage: usage ? new RestUsage(calls, usage) : noUsage,
    tryCall: (name, key, call) => tryCall(calls, operationOf(compiled, name), key, call),
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
