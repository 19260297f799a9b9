import type { Clock } from '../async/clock';
import { systemClock } from '../async/clock';
import type { CheckedPart } from '../checked';
import { AdapterError } from '../errors';
import { createHttp } from '../http/client';
import { guarded } from '../http/guard';
import { Secrets } from '../http/secrets';
import type { Authorizer, HttpClient } from '../http/types';
import { checkWap } from './check';
import type { WapAdmin } from './client/admin';
import { openAdmin } from './client/admin-client';
import type { TokenSettings, WapSettings } from './client/settings';
import { adminRealm, checkWapSettings, tokenEndpoint } from './client/settings';
import type { WapUsage } from './client/usage';
import { basicAuth, openUsage } from './client/usage-client';
import { openSubscriptions, type WapSubscriptions } from './subscriptions/subscriptions';
import { fixedBearer } from './tokens/bearer';
import { TokenCache } from './tokens/cache';
import type { SiteHttp, TokenSource } from './tokens/token-site';
import { usernameMixed } from './tokens/token-site';
import { windowsSite } from './tokens/windows';

export type { TokenSettings, WapSettings } from './client/settings';

/** One WAP installation: its admin API, its usage API, one token for all calls. */
export interface WapConnection {
  installation: string;
  admin: WapAdmin;
  subscriptions: WapSubscriptions;
  usage: WapUsage;
  /** For Test connection: what answered and what did not, part by part. */
  check(signal: AbortSignal): Promise<CheckedPart[]>;
  /** Ends calls in flight with ABORTED and leaves no connection open. */
  close(): void;
}

/** Opens a connection without any call. @throws INPUT_MISSING, INPUT_INVALID, INPUT_CONFIG naming the field */
export function openWap(settings: WapSettings): WapConnection {
  checkWapSettings(settings);
  const clock = settings.clock ?? systemClock;
  const secrets = secretsOf(settings);
  const common = { ...commonOf(settings), secrets };
  const open: Array<{ close(): void }> = [];
  const keep = <T extends { close(): void }>(thing: T): T => {
    open.push(thing);
    return thing;
  };

  const authorizer = authorizerOf(settings.token, common, clock, keep);
  const adminHttp = keep(createHttp('WAP', { ...common, baseUrl: settings.adminUrl }, authorizer, clock));
  const admin = openAdmin(adminHttp, settings.principal, clock);
  const usageHttp = usageHttpOf(settings, common, clock);
  const usage = usageHttp ? openUsage(keep(usageHttp)) : noUsage;

  const { adminUrl, usageUrl, token } = settings;
  const site = token.kind === 'bearer' ? undefined : token.stsUrl;
  const addresses = [adminUrl, ...(usageHttp ? [usageUrl] : []), site].filter(address => address !== undefined);

  const tried = {
    ...{ authorizer: guarded(authorizer, secrets), admin: guarded(admin, secrets), addresses, http: common, clock },
    usage: usageHttp ? guarded(usage, secrets) : null,
  };

  const connection: WapConnection = {
    installation: settings.installation ?? new URL(settings.adminUrl).host,
    admin: guarded(admin, secrets),
    subscriptions: guarded(openSubscriptions(adminHttp, settings.principal, clock), secrets),
    usage: guarded(usage, secrets),
    check: signal => checkWap(tried, signal),
    close: () => {
      for (const thing of open) thing.close();
    },
  };
  return guarded(connection, secrets);
}

/** Every secret in the settings; the clients add the tokens they send. */
function secretsOf({ token, usage, proxy }: WapSettings): Secrets {
  const secrets = new Secrets();
  if (token.kind === 'bearer') secrets.addToken(token.token);
  else secrets.addPassword(token.password, token.user);
  secrets.addPassword(usage?.password, usage?.user);
  secrets.addProxy(proxy);
  return secrets;
}

/** What all clients of a connection share, with its defaults. */
function commonOf(settings: WapSettings): Omit<SiteHttp, 'secrets'> {
  return {
    attemptTimeoutMs: settings.attemptTimeoutMs ?? 30_000,
    totalTimeoutMs: settings.totalTimeoutMs ?? 120_000,
    retries: settings.retries ?? 3,
    ...(settings.tls ? { tls: settings.tls } : {}),
    oldTls: settings.oldTls === true,
    ...(settings.proxy ? { proxy: settings.proxy } : {}),
  };
}

/** Where the token comes from; a site's token is kept until it ends, one made elsewhere is used as it is. */
function authorizerOf(
  token: TokenSettings,
  http: SiteHttp,
  clock: Clock,
  keep: (source: TokenSource) => TokenSource,
): Authorizer {
  if (token.kind === 'bearer') return fixedBearer(token.token, clock);
  const { kind, user, password, realm = adminRealm, domain } = token;
  const site = { endpoint: tokenEndpoint(kind, token.stsUrl), realm, user, password };
  const source = keep(
    kind === 'windows' ? windowsSite({ ...site, domain }, http, clock) : usernameMixed(site, http, clock),
  );
  return new TokenCache(signal => source.issue(signal), clock);
}

/** A client of its own, because the usage API has its own address and credentials; null when it was not set. */
function usageHttpOf({ usageUrl, usage }: WapSettings, common: SiteHttp, clock: Clock): HttpClient | null {
  if (usageUrl === undefined || !usage) return null;
  const http = { ...common, baseUrl: usageUrl, peer: "WAP's usage API" };
  return createHttp('WAP', http, basicAuth(usage.user, usage.password), clock);
}

/** @throws INPUT_MISSING for every call: the connection was made without a usage API */
const noUsage: WapUsage = { events: refuse, records: refuse };

/** @throws INPUT_MISSING, always */
async function refuse(): Promise<never> {
  throw new AdapterError('INPUT_MISSING', 'usageUrl: the address of the usage API is not set in the connection.', {
    subject: 'usageUrl',
  });
}
