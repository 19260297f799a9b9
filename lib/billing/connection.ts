import { systemClock } from '../async/clock';
import type { CheckedPart } from '../checked';
import { AdapterError, shapeOf } from '../errors';
import { checkCertificates } from '../http/certificate';
import { createHttp } from '../http/client';
import { guarded, hiddenIn } from '../http/guard';
import type { HttpClient } from '../http/types';
import { credentialsOf } from './auth';
import { PropagationWatch } from './propagation/watch';
import type { OpenedProvider } from './provider';
import { kindOf } from './providers';
import { secretsOf, withoutSecretReasons } from './secrets';
import type { BillingSettings, BillingTools } from './settings';

/** What the nodes of one billing connection share. */
export interface BillingConnection extends Readonly<OpenedProvider> {
  /** Short name of this billing system in keys of stored rows. */
  readonly target: string;
  readonly propagation: PropagationWatch;
  /** For Test connection. */
  check(signal?: AbortSignal): Promise<void>;
  /** For Test connection: how long the certificate of the server holds. */
  checkCertificate(signal: AbortSignal): Promise<Omit<CheckedPart, 'part'>>;
  /** Ends calls and waits with ABORTED; nothing is left running. */
  close(): void;
}

/** Opens a connection; no call is made.
 *  @throws INPUT_INVALID naming the field of a bad setting; BILLING_TEMPLATE naming a template that does not compile */
export function openBilling(settings: BillingSettings, tools: BillingTools): BillingConnection {
  const kind = kindOf(settings.provider, tools.plugins);
  const { authorizer, headers } = credentialsOf(settings.auth);
  const clock = tools.clock ?? systemClock;
  const secrets = secretsOf(settings, kind.secretsIn(settings));
  const client = createHttp('BILLING', { ...settings.http, secrets }, authorizer, clock);
  const http: HttpClient = {
    call: call => client.call({ ...call, headers: { ...call.headers, ...headers } }),
    close: () => client.close(),
  };
  try {
    const target = targetOf(settings);
    const opened = kind.open(settings, { http, clock, compile: tools.compile, target });
    const { provider, usage, subscriptions, tryCall } = opened;
    const propagation = new PropagationWatch(provider, clock);
    const connection: BillingConnection = {
      target,
      provider: guarded(provider, secrets),
      propagation: guarded(propagation, secrets),
      usage: withoutSecretReasons(usage, secrets),
      subscriptions: guarded(subscriptions, secrets),
      ...(tryCall ? { tryCall: async (...asked) => hiddenIn(await tryCall(...asked), secrets) } : {}),
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
