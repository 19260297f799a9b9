import type { Express, RequestHandler } from 'express';
import { application } from '../application';
import type { SimulatorClock } from '../clock';
import type { Faults } from '../faults';
import type { RequestLog } from '../log';
import { answerWapError, wapErrorBody } from './errors';
import { feedRoutes, usageRoutes } from './events/feeds';
import { adminGuard, usageGuard } from './guards';
import type { Installation } from './installation';
import type { WapCredentials, WapSimulatorOptions } from './options';
import { linkRoutes } from './plans/links';
import { planRoutes } from './plans/plans';
import { quotaRoutes } from './plans/quotas';
import { resourceProviderRoutes } from './plans/resource-providers';
import { serviceRoutes } from './plans/services';
import { subscriptionAddOnRoutes } from './subscriptions/addons';
import { subscriptionRoutes } from './subscriptions/subscriptions';
import { answerTrustError, userNameSite, windowsSite } from './tokens/sites';
import type { Tokens } from './tokens/tokens';
import { metricRoutes } from './usage/metrics';
import { userRoutes } from './users/users';

interface Parts {
  wap: Installation;
  options: WapSimulatorOptions;
  credentials: WapCredentials;
  tokens: Tokens;
  realm: string;
  log: RequestLog;
  faults: Faults;
  clock: SimulatorClock;
  /** Writes the state file, where there is one. */
  keep: () => void;
  /** Control and overview, beside the admin API. */
  aside: (app: Express) => void;
}

/** The four servers of one WAP: admin API, usage API, and the token sites for a user name and for Windows. */
export function applications(parts: Parts): Record<'admin' | 'usage' | 'sts' | 'windows', Express> {
  const { wap, options, credentials, tokens, realm, log, faults, clock } = parts;
  const common = { log, faults, clock, errorBody: wapErrorBody, afterEach: parts.keep };
  const site = { tokens, credentials, realm };
  return {
    admin: application({
      ...common,
      server: 'admin',
      onError: answerWapError,
      aside: parts.aside,
      routes: app => {
        app.use(settled(wap), adminGuard(tokens, realm, credentials.token));
        adminRoutes(app, wap, options.addServiceVerb ?? 'POST');
      },
    }),
    usage: application({
      ...common,
      server: 'usage',
      onError: answerWapError,
      routes: app => {
        app.use(settled(wap), usageGuard(credentials.usageUser, credentials.usagePassword));
        feedRoutes(app, wap, options.hidePending ?? false);
        usageRoutes(app, wap);
      },
    }),
    sts: application({
      ...common,
      server: 'sts',
      onError: answerTrustError,
      routes: app => userNameSite(app, site),
    }),
    windows: application({
      ...common,
      server: 'windows',
      onError: answerTrustError,
      routes: app => windowsSite(app, site),
    }),
  };
}

function adminRoutes(admin: Express, wap: Installation, addServiceVerb: 'POST' | 'PUT'): void {
  for (const kind of ['plan', 'addon'] as const) {
    planRoutes(admin, wap, kind);
    quotaRoutes(admin, wap, kind);
    serviceRoutes(admin, wap, kind, addServiceVerb);
    metricRoutes(admin, wap, kind);
  }
  linkRoutes(admin, wap);
  resourceProviderRoutes(admin);
  subscriptionRoutes(admin, wap);
  subscriptionAddOnRoutes(admin, wap);
  userRoutes(admin, wap);
}

/** Time may have finished something since the last request. */
function settled(wap: Installation): RequestHandler {
  return (_req, _res, next) => {
    wap.settle();
    next();
  };
}
