import type { WapSimulator, WapSimulatorOptions } from './options';

/** Starts a WAP on 127.0.0.1. Rejects with `EADDRINUSE` when a port is taken. */
export async function startWapSimulator(_options: WapSimulatorOptions = {}): Promise<WapSimulator> {
  throw new Error('The simulator is being built.');
}
