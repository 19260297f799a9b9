import type { BillingSeed, BillingState } from './billing/options';
import type { FaultRule } from './faults';
import type { LogEntry } from './log';
import type { WapSeed, WapState } from './wap/options';

/** A fault in a simulator that runs in another process. */
export interface RemoteFault {
  id: number;
  hits(): Promise<number>;
  /** How many requests or answers it is holding. */
  holding(): Promise<number>;
  release(): Promise<void>;
  remove(): Promise<void>;
}

/** Drives a simulator over HTTP; throws an Error with the answer's status and message when it refuses. */
export interface Control<State, Seed> {
  faults: {
    add(rule: FaultRule): Promise<RemoteFault>;
    clear(): Promise<void>;
  };
  log(): Promise<LogEntry[]>;
  clearLog(): Promise<void>;
  state(): Promise<State>;
  seed(seed: Seed): Promise<void>;
}

/** Of a WAP, by the address of its admin API. */
export const controlOfWap = (adminUrl: string): Control<WapState, WapSeed> => controlOf(adminUrl);

export const controlOfBilling = (url: string): Control<BillingState, BillingSeed> => controlOf(url);

/** For either; the two above give the types. */
export function controlOf<State, Seed>(url: string): Control<State, Seed> {
  async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${url}/_simulator${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: toJson(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${method} ${path}: ${text}`);
    return JSON.parse(text || 'null');
  }
  const remoteFault = (id: number): RemoteFault => ({
    id,
    hits: async () => (await call<{ hits: number }>('GET', `/faults/${id}`)).hits,
    holding: async () => (await call<{ holding: number }>('GET', `/faults/${id}`)).holding,
    release: () => call('POST', `/faults/${id}/release`),
    remove: () => call('DELETE', `/faults/${id}`),
  });
  return {
    faults: {
      add: async rule => remoteFault((await call<{ id: number }>('POST', '/faults', rule)).id),
      clear: () => call('DELETE', '/faults'),
    },
    log: () => call('GET', '/log'),
    clearLog: () => call('DELETE', '/log'),
    state: () => call('GET', '/state'),
    seed: seed => call('POST', '/seed', seed),
  };
}

/** JSON with patterns as `{ source, flags }`, and `null` for `Infinity` as JSON has it. */
function toJson(body: unknown): string {
  return JSON.stringify(body, (_key, value: unknown) =>
    value instanceof RegExp ? { source: value.source, flags: value.flags } : value,
  );
}
