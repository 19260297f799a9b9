import { systemClock } from '../async/clock';
import type { CheckedPart } from '../checked';
import { AdapterError, shapeOf } from '../errors';
import { checkCertificates } from '../http/certificate';
import { createHttp } from '../http/client';
import { guarded } from '../http/guard';
import type { HttpClient } from '../http/types';
import { credentialsOf, headerName } from './auth';
import type { BillingProvider } from './port';
import { PropagationWatch } from './propagation/watch';
import { RestCalls } from './rest/calls';
import { compileTemplates } from './rest/compile';
import { inputInvalid } from './rest/expression';
import { RestProvider } from './rest/offers';
import { noSubscriptions, RestSubscriptions } from './rest/subscriptions';
import { defaultTemplates } from './rest/templates';
import { noUsage, RestUsage } from './rest/usage';
import { secretsOf, tellingNothing } from './secrets';
import type { BillingSettings, BillingTools } from './settings';
import type { SubscriptionPort } from './subscription-port';
import type { UsageSink } from './usage-port';

export type { BillingAuth, BillingSettings, BillingTools } from './settings';

/** What the nodes of one billing connection share. */
export interface BillingConnection {
  /** Short name of this billing system in keys of stored rows. */
  readonly target: string;
  readonly provider: BillingProvider;
  readonly propagation: PropagationWatch;
  /** Takes metered usage. */
  readonly usage: UsageSink;
  /** Counterparts of tenants' subscriptions. */
  readonly subscriptions: SubscriptionPort;
  /** For Test connection. */
  check(signal?: AbortSignal): Promise<void>;
  /** For Test connection: how long the certificate of the server holds. */
  checkCertificate(signal: AbortSignal): Promise<Omit<CheckedPart, 'part'>>;
  /** Ends calls and waits with ABORTED; nothing is left running. */
  close(): void;
}

/** One billing system behind each of its ports. */
interface Opened {
  provider: BillingProvider;
  usage: UsageSink;
  subscriptions: SubscriptionPort;
}

type OpenProvider = (settings: BillingSettings, tools: BillingTools, target: string, http: HttpClient) => Opened;

/** Every provider by its name: a new one is one line here. */
const providers: Record<string, OpenProvider> = {
  rest: openRest,
};

export const providerNames: readonly string[] = Object.keys(providers);

/** Opens a connection; no call is made.
 *  @throws INPUT_INVALID naming the field of a bad setting; BILLING_TEMPLATE naming a template that does not compile */
export function openBilling(settings: BillingSettings, tools: BillingTools): BillingConnection {
  const open = Object.hasOwn(providers, settings.provider) ? providers[settings.provider] : undefined;
  if (!open) throw inputInvalid('provider', `is ${shapeOf(settings.provider)}`, `Use ${providerNames.join(', ')}.`);
  const { authorizer, headers } = credentialsOf(settings.auth);
  const clock = tools.clock ?? systemClock;
  const secrets = secretsOf(settings);
  const client = createHttp('BILLING', { ...settings.http, secrets }, authorizer, clock);
  const http: HttpClient = {
    call: call => client.call({ ...call, headers: { ...call.headers, ...headers } }),
    close: () => client.close(),
  };
  try {
    const target = targetOf(settings);
    const { provider, usage, subscriptions } = open(settings, tools, target, http);
    const propagation = new PropagationWatch(provider, clock);
    const connection: BillingConnection = {
      target,
      provider: guarded(provider, secrets),
      propagation: guarded(propagation, secrets),
      usage: tellingNothing(usage, secrets),
      subscriptions: guarded(subscriptions, secrets),
      check: signal => provider.check(signal ? { signal } : {}),
      checkCertificate: signal => checkCertificates([settings.http.baseUrl], settings.http, clock, signal),
      close: () => {
        propagation.close();
        http.close();
      },
    };
    return guarded(connection, secrets);
  } catch (error) {
    http.close();
    throw error;
  }
}

function openRest(settings: BillingSettings, tools: BillingTools, target: string, http: HttpClient): Opened {
  const header = settings.idempotencyHeader;
  const compiled = compileTemplates(settings.templates ?? defaultTemplates, tools.compile);
  const calls = new RestCalls(http, compiled, target);
  const idempotencyHeader = header === undefined || header === '' ? null : headerName(header, 'idempotencyHeader');
  const { retries, totalTimeoutMs } = settings.http;
  const clock = tools.clock ?? systemClock;
  const options = { target, idempotencyHeader, retries, totalTimeoutMs, clock };
  return {
    provider: new RestProvider(calls, options),
    subscriptions: compiled.subscriptions
      ? new RestSubscriptions(calls, compiled.subscriptions, options)
      : noSubscriptions,
    usage: compiled.usage ? new RestUsage(calls, compiled.usage, { target, idempotencyHeader }) : noUsage,
  };
}

/** The short name, or host and port: two systems on one host are two targets. */
function targetOf({ target, http }: BillingSettings): string {
  if (target === undefined || target === '') return new URL(http.baseUrl).host;
  if (typeof target === 'string' && /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(target)) return target;
  throw AdapterError.advising(
    'INPUT_INVALID',
    `target is ${shapeOf(target)}. Use up to 64 letters, digits, ".", "_", ":" and "-", a letter or digit first.`,
    { subject: 'target' },
  );
}
