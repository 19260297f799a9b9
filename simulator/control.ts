import type { UsageRecord } from '../lib/wap/types';
import type { BillingSeed, BillingState } from './billing/options';
import type { FaultRule } from './fault';
import type { LogEntry } from './log';
import type { WapSeed, WapState } from './wap/options';
import type { ApprovalSubscriber, Tenant } from './wap/tenants/approval-options';
import type { ExpectedUsage } from './wap/usage/options';

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

/** What can be asked of a WAP beside that. */
export interface WapControl extends Control<WapState, WapSeed> {
  tenant: Tenant;
  registerSubscriber(subscriber: ApprovalSubscriber): Promise<void>;
  removeSubscriber(name: string): Promise<void>;
  expectedUsage(wanted?: ExpectedUsage): AsyncIterable<UsageRecord>;
}

/** Of a WAP, by the address of its admin API. */
export function controlOfWap(adminUrl: string): WapControl {
  const call = caller(adminUrl);
  const act = <Answer>(path: string, body: unknown): Promise<Answer> => call('POST', `/tenant/${path}`, body);
  return {
    ...controlOf<WapState, WapSeed>(adminUrl),
    tenant: {
      subscribe: (planId, user, more = {}) => act('subscribe', { planId, user, ...more }),
      unsubscribe: subscriptionId => act('unsubscribe', { subscriptionId }),
      buyAddOn: (subscriptionId, addOnId) => act('buyAddOn', { subscriptionId, addOnId }),
      dropAddOn: (subscriptionId, addOnId, addOnInstanceId) =>
        act('dropAddOn', { subscriptionId, addOnId, addOnInstanceId }),
      update: (subscriptionId, change, method) => act('update', { subscriptionId, change, method }),
      price: (id, query = {}) => act('price', { id, ...query }),
    },
    registerSubscriber: subscriber => call('POST', '/subscribers', subscriber),
    removeSubscriber: name => call('DELETE', `/subscribers/${encodeURIComponent(name)}`),
    expectedUsage: wanted => expectedUsage(adminUrl, wanted),
  };
}

async function* expectedUsage(adminUrl: string, wanted: ExpectedUsage = {}): AsyncIterable<UsageRecord> {
  const parameters = Object.entries(wanted).map(([name, value]) => `${name}=${value}`);
  const { body, status } = await fetch(`${adminUrl}/_simulator/expected-usage?${parameters.join('&')}`);
  if (!body || status !== 200) throw new Error(`The simulator answered ${status} to GET /expected-usage.`);
  let rest = '';
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}

export const controlOfBilling = (url: string): Control<BillingState, BillingSeed> => controlOf(url);

function caller(url: string) {
  return async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${url}/_simulator${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: toJson(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${method} ${path}: ${text}`);
    return JSON.parse(text || 'null');
  };
}

/** For either; the two above give the types. */
export function controlOf<State, Seed>(url: string): Control<State, Seed> {
  const call = caller(url);
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
