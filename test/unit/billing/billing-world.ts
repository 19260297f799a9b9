import { type Clock, systemClock } from '../../../lib/async/clock';
import { type BillingConnection, openBilling } from '../../../lib/billing/connection';
import { defaultTemplates, type RestTemplates } from '../../../lib/billing/rest/templates';
import type { BillingSettings } from '../../../lib/billing/settings';
import type { BillingSimulator, BillingSimulatorOptions } from '../../../simulator/billing/options';
import { startBillingSimulator } from '../../../simulator/billing/server';
import { compile } from './jsonata-compile';

export interface BillingWorld {
  simulator: BillingSimulator;
  connection: BillingConnection;
  close(): Promise<void>;
}

export interface BillingWorldOptions {
  templates?: RestTemplates;
  settings?: Partial<BillingSettings>;
  retries?: number;
  clock?: Clock;
  simulator?: BillingSimulatorOptions;
}

/** A billing simulator on a free port, and a connection to it by the provider `rest`. */
export async function billingWorld(options: BillingWorldOptions = {}): Promise<BillingWorld> {
  const clock = options.clock ?? systemClock;
  const simulator = await startBillingSimulator({ port: 0, clock, ...options.simulator });
  const connection = openBilling(
    {
      provider: 'rest',
      http: {
        baseUrl: simulator.url,
        attemptTimeoutMs: 30_000,
        totalTimeoutMs: 60_000,
        retries: options.retries ?? 2,
      },
      auth: { kind: 'bearer', token: simulator.token },
      templates: options.templates ?? defaultTemplates,
      ...options.settings,
    },
    { compile, clock },
  );
  return {
    simulator,
    connection,
    close: async () => {
      connection.close();
      await simulator.close();
    },
  };
}
