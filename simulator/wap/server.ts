import type { Express } from 'express';
import { type SimulatorClock, wallClock } from '../clock';
import { controlRoutes } from '../control-routes';
import { Faults } from '../faults';
import { RequestLog } from '../log';
import { randomSecret } from '../secret';
import { type StateStore, stateStore } from '../state-file';
import { applications } from './applications';
import { type SavedWap, wapFormat } from './data';
import { Installation } from './installation';
import { adminRealm, type WapCredentials, type WapSimulator, type WapSimulatorOptions } from './options';
import { wapOverview } from './overview';
import { listenAll } from './ports';
import { readSeed } from './seed/read';
import { seedWap } from './seed/seed';
import type { ApprovalSubscriber } from './tenants/approval-options';
import { tenantRoutes } from './tenants/routes';
import { Subscribers } from './tenants/subscribers';
import { tenantOf } from './tenants/tenant';
import { adfsPath, userNamePath, windowsPath } from './tokens/sites';
import { Tokens } from './tokens/tokens';
import type { ExpectedUsage } from './usage/options';
import { stateView } from './views';

/** Starts a WAP on 127.0.0.1: admin API, usage API and the two token sites, each on its port. Nothing is left running
 *  when it rejects. Rejects with `EADDRINUSE` (and `port`) when a port is taken. */
export async function startWapSimulator(options: WapSimulatorOptions = {}): Promise<WapSimulator> {
  const clock = options.clock ?? wallClock;
  const realm = options.realm ?? adminRealm;
  const credentials = credentialsOf(options);
  const wap = installationOf(options, clock);
  const tokens = new Tokens({ now: clock.now, lifeMs: options.tokenLifeMs ?? 8 * 3_600_000, user: credentials.user });
  const log = options.log ?? new RequestLog();
  const faults = new Faults();
  const store = storeOf(wap, options.stateFile);

  const state = () => {
    wap.settle();
    return stateView(wap);
  };
  const subscribers = new Subscribers(
    { clock, timeoutMs: options.approvalTimeoutMs ?? 120_000 },
    options.subscribers ?? [],
  );
  const portal = {
    tenant: tenantOf(wap, subscribers, store.keep),
    registerSubscriber: (subscriber: ApprovalSubscriber) => subscribers.register(subscriber),
    expectedUsage: (wanted: ExpectedUsage = {}) => wap.usage.expected(wanted),
  };
  const seed: WapSimulator['seed'] = wanted => {
    seedWap(wap, wanted);
    store.keep();
  };
  const aside = (app: Express) =>
    controlRoutes(app, {
      faults,
      log,
      state,
      seed: body => seed(readSeed(body)),
      overview: () => {
        wap.settle();
        return wapOverview(wap);
      },
      routes: control => tenantRoutes(control, subscribers, portal),
    });
  const servers = applications({
    wap,
    options,
    credentials,
    tokens,
    realm,
    log,
    faults,
    clock,
    keep: store.keep,
    aside,
  });
  const at = await listenAll(servers, options);
  return {
    adminUrl: at.admin.url,
    usageUrl: at.usage.url,
    stsUrl: at.sts.url + userNamePath,
    adfsUrl: at.sts.url + adfsPath,
    windowsUrl: at.windows.url + windowsPath,
    credentials,
    get state() {
      return state();
    },
    get isEmpty() {
      return wap.events.lastId === 0;
    },
    faults,
    log,
    seed,
    ...portal,
    removeSubscriber: name => subscribers.remove(name),
    issueToken: () => tokens.issue(realm),
    revokeTokens: () => tokens.revokeAll(),
    save: store.save,
    load: store.load,
    close: async () => {
      faults.clear();
      subscribers.close();
      await Promise.all(Object.values(at).map(server => server.close()));
      store.keep();
    },
  };
}

/** What the options say of the installation, with WAP's own values for the rest. */
function installationOf(options: WapSimulatorOptions, clock: SimulatorClock): Installation {
  return new Installation({
    clock,
    seed: options.seed ?? 1,
    quotaSyncMs: options.quotaSyncMs ?? 1000,
    eventGap: options.eventGap ?? 9,
    subscriptionDeleteMs: options.subscriptionDeleteMs ?? 1000,
    retentionMs: (options.retentionDays ?? 40) * 86_400_000,
    listLimit: options.listLimit,
  });
}

function credentialsOf(options: WapSimulatorOptions): WapCredentials {
  return {
    user: options.user ?? 'admin',
    password: options.password ?? randomSecret(),
    usageUser: options.usageUser ?? 'UsageClient',
    usagePassword: options.usagePassword ?? randomSecret(),
    token: options.token ?? null,
  };
}

function storeOf(wap: Installation, file: string | undefined): StateStore {
  return stateStore<SavedWap>({
    format: wapFormat,
    file,
    state: () => wap.save(),
    use: saved => wap.use(saved),
    changes: () => wap.changes,
  });
}
