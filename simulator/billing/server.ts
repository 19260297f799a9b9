import type { BillingSimulator, BillingSimulatorOptions } from './options';

/** Starts a billing system on 127.0.0.1. Rejects with `EADDRINUSE` when the port is taken. */
export async function startBillingSimulator(_options: BillingSimulatorOptions = {}): Promise<BillingSimulator> {
  throw new Error('The simulator is being built.');
}
