import type { RequestHandler } from 'express';
import { ApiError } from '../api-error';
import { application } from '../application';
import { wallClock } from '../clock';
import { controlRoutes } from '../control-routes';
import { Faults } from '../faults';
import { listen } from '../listen';
import { RequestLog } from '../log';
import { route } from '../routes';
import { randomSecret, sameSecret } from '../secret';
import { type StateStore, stateStore } from '../state-file';
import { billingFormat, Catalogue, type SavedBilling } from './catalogue';
import { answerBillingError, billingErrorBody } from './errors';
import { idempotency } from './idempotency';
import { offerRoutes } from './offers';
import type { BillingSimulator, BillingSimulatorOptions } from './options';
import { billingOverview } from './overview';
import { readSeed } from './read-seed';
import { subscriptionRoutes } from './subscriptions';
import { usageRoutes } from './usage';

/** Starts a billing system on 127.0.0.1. Rejects with `EADDRINUSE` (and `port`) when the port is taken. */
export async function startBillingSimulator(options: BillingSimulatorOptions = {}): Promise<BillingSimulator> {
  const usage = options.usage ?? {};
  const clock = options.clock ?? wallClock;
  const token = options.token ?? randomSecret();
  const log = options.log ?? new RequestLog();
  const faults = new Faults();
  const catalogue = new Catalogue({
    clock,
    rules: options.rules ?? [],
    offerDelayMs: options.offerDelayMs ?? 0,
    seed: options.seed ?? 1,
    usage,
  });
  const store = storeOf(catalogue, options.stateFile);
  const seed: BillingSimulator['seed'] = wanted => {
    catalogue.seed(wanted);
    store.keep();
  };
  const app = application({
    server: 'billing',
    log,
    faults,
    clock,
    errorBody: billingErrorBody,
    onError: answerBillingError,
    afterEach: store.keep,
    aside: aside =>
      controlRoutes(aside, {
        faults,
        log,
        state: () => catalogue.state(),
        seed: body => seed(readSeed(body)),
        overview: () => billingOverview(catalogue),
      }),
    routes: billing => {
      route(billing, '/health', { GET: (_req, res) => res.json({ status: 'ok' }) });
      billing.use(tokenGuard(token), idempotency(catalogue, usage.ledger === 'digest' ? ['/usage'] : []));
      offerRoutes(billing, catalogue);
      subscriptionRoutes(billing, catalogue);
      usageRoutes(billing, catalogue, usage);
    },
  });
  const listening = await listen(app, options.port ?? 30100, options.tls);
  return {
    url: listening.url,
    token,
    get state() {
      return catalogue.state();
    },
    faults,
    log,
    totals: query => catalogue.ledger.totals(query),
    seed,
    save: store.save,
    load: store.load,
    close: async () => {
      faults.clear();
      await listening.close();
      store.keep();
    },
  };
}

function tokenGuard(token: string): RequestHandler {
  return (req, res, next) => {
    const given = /^Bearer (\S+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
    if (!sameSecret(given, token)) {
      res.setHeader('WWW-Authenticate', 'Bearer');
      throw new ApiError(401, 'unauthorized', 'The token is missing or not right.');
    }
    next();
  };
}

function storeOf(catalogue: Catalogue, file: string | undefined): StateStore {
  return stateStore<SavedBilling>({
    format: billingFormat,
    file,
    state: () => catalogue.save(),
    use: saved => catalogue.use(saved),
    changes: () => catalogue.data.change,
  });
}
