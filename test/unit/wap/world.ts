import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ErrorCode } from '../../../lib/errors';
import { AdapterError } from '../../../lib/errors';
import type { WapConnection, WapSettings } from '../../../lib/wap/connection';
import { openWap } from '../../../lib/wap/connection';
import type { WapSimulator, WapSimulatorOptions } from '../../../simulator/wap/options';
import { startWapSimulator } from '../../../simulator/wap/server';
import { InstantClock } from '../http/instant-clock';

/** A simulated WAP and a connection to it; waits of both pass at once. */
export interface World {
  sim: WapSimulator;
  wap: WapConnection;
  clock: InstantClock;
  /** Another connection to the same simulator. */
  open(more?: Partial<WapSettings>): WapConnection;
  /** Requests to the admin API that change something, as `POST /plans`. */
  writes(): string[];
  close(): Promise<void>;
}

export async function startWorld(options: WapSimulatorOptions = {}): Promise<World> {
  const clock = new InstantClock();
  const sim = await startWapSimulator({ ports: 0, clock, quotaSyncMs: 0, token: 'fixed-token', ...options });
  const opened: WapConnection[] = [];
  const open = (more: Partial<WapSettings> = {}) => {
    const { usageUser: user, usagePassword: password } = sim.credentials;
    const connection = openWap({
      adminUrl: sim.adminUrl,
      usageUrl: sim.usageUrl,
      principal: 'CORP\\billing',
      token: { kind: 'bearer', token: 'fixed-token' },
      usage: { user, password },
      attemptTimeoutMs: 5_000,
      totalTimeoutMs: 60_000,
      retries: 2,
      clock,
      ...more,
    });
    opened.push(connection);
    return connection;
  };
  return {
    sim,
    wap: open(),
    clock,
    open,
    writes: () =>
      sim.log
        .entries({ server: 'admin' })
        .filter(entry => entry.method !== 'GET')
        .map(entry => `${entry.method} ${entry.path}`),
    close: async () => {
      for (const connection of opened) connection.close();
      await sim.close();
    },
  };
}

/** The AdapterError of a call that must fail with `code`. */
export async function failure(call: Promise<unknown>, code: ErrorCode): Promise<AdapterError> {
  const error = await call.then(
    () => assert.fail(`succeeded instead of failing with ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AdapterError, `expected an AdapterError, got ${error}`);
  assert.equal(error.code, code, error.message);
  return error;
}

export function example(name: string): unknown {
  return JSON.parse(readFileSync(path.join(__dirname, '../../data/wap', name), 'utf8'));
}
