/** Both simulators in this process, and a Node-RED beside them or in this process too, wired by the environment as the examples
 *  expect. */
import { resolve } from 'node:path';
import type { BillingSimulator, BillingSimulatorOptions } from '../../simulator/billing/options';
import { startBillingSimulator } from '../../simulator/billing/server';
import { RequestLog } from '../../simulator/log';
import type { WapSimulator, WapSimulatorOptions } from '../../simulator/wap/options';
import { startWapSimulator } from '../../simulator/wap/server';
import type { FlowNode } from './admin-api';
import { type InProcess, type InProcessOptions, startInProcess } from './in-process';
import { type NodeRed, type NodeRedOptions, startNodeRed } from './node-red';
import { Probes } from './probes';
import { type Sink, startSink } from './sink';
import type { TestedNodeRed } from './tested-node-red';
import { until } from './until';

export type TokenWay = 'bearer' | 'usernamemixed' | 'windows';

export interface WorldOptions extends NodeRedOptions {
  wap?: WapSimulatorOptions;
  billing?: BillingSimulatorOptions;
  /** How the connection gets its tokens; default `usernamemixed`. */
  tokens?: TokenWay;
  /** More for Node-RED's environment, once the addresses are known. */
  envOf?: (servers: { wap: WapSimulator; billing: BillingSimulator; sink: Sink }) => Record<string, string>;
}

/** With a Node-RED in a process of its own, the packed package installed in it. `flows` of the options are deployed once
 *  everything runs. Call `stop` in any case. */
export const startWorld = (options: WorldOptions): Promise<World> =>
  startServers(options, startSink, env => startNodeRed({ ...options, env }));

/** As `startWorld`, with Node-RED's runtime in this process: starts in a tenth of the time, but cannot be killed or restarted. */
export async function startInProcessWorld(options: WorldOptions): Promise<World<InProcess>> {
  const sunk: InProcessOptions['sunk'] = new Map();
  const sink: Sink = {
    url: '',
    messages: name => sunk.get(name) ?? [],
    clear: () => sunk.clear(),
    stop: async () => undefined,
  };
  return startServers(
    options,
    async () => sink,
    env => startInProcess({ ...options, env, sunk }),
  );
}

async function startServers<N extends TestedNodeRed>(
  options: WorldOptions,
  openSink: () => Promise<Sink>,
  start: (env: Record<string, string>) => Promise<N>,
): Promise<World<N>> {
  const log = new RequestLog(); // one log, so that the order over both systems is seen
  const token = options.tokens === 'bearer' ? { token: 'a-token-for-tests' } : {};
  const opened: Array<{ close(): Promise<void> }> = [];
  try {
    const wap = await startWapSimulator({ ports: 0, log, ...token, ...options.wap });
    opened.push(wap);
    const billing = await startBillingSimulator({ port: 0, log, ...options.billing });
    opened.push(billing);
    const sink = await openSink();
    opened.push({ close: sink.stop });
    const more = options.envOf?.({ wap, billing, sink });
    const env = { ...environment(wap, billing, options.tokens ?? 'usernamemixed'), ...options.env, ...more };
    const nodeRed = await start(env);
    return new World(wap, billing, log, sink, nodeRed, env);
  } catch (error) {
    await Promise.all(opened.map(each => each.close()));
    throw error;
  }
}

export class World<N extends TestedNodeRed = NodeRed> {
  constructor(
    readonly wap: WapSimulator,
    readonly billing: BillingSimulator,
    /** Every request to both systems, in one order. */
    readonly log: RequestLog,
    readonly sink: Sink,
    readonly nodeRed: N,
    readonly env: Record<string, string>,
  ) {}

  readonly until = until;

  /** The state file that the nodes use by default. */
  get stateFile(): string {
    return resolve(this.nodeRed.userDir, this.env.BILLING_STATE ?? '');
  }

  /** Nodes to drive and watch `flows`; deploy what `done()` gives. */
  probes(flows: FlowNode[]): Probes {
    return new Probes(flows, this.sink.url);
  }

  deploy(flows: FlowNode[]): Promise<void> {
    return this.nodeRed.deploy(flows);
  }

  /** Sends a message into the node that `drive(name, …)` chose. */
  inject(name: string, message: Record<string, unknown> = {}): Promise<void> {
    return this.nodeRed.send(name, message);
  }

  /** What came to `watch`, `catches`, `completes` or `statuses` of this name so far. */
  messages(name: string): Array<Record<string, unknown>> {
    return this.sink.messages(name);
  }

  /** The message number `count` (1 is the first) under this name, as soon as it is there. */
  async message(name: string, count = 1, limitMs?: number): Promise<Record<string, unknown>> {
    return until(`message ${count} of "${name}"`, () => this.messages(name)[count - 1], limitMs);
  }

  async stop(): Promise<void> {
    await this.nodeRed.stop();
    await Promise.all([this.wap.close(), this.billing.close(), this.sink.stop()]);
  }
}

function environment(wap: WapSimulator, billing: BillingSimulator, tokens: TokenWay): Record<string, string> {
  const { user, password, usageUser, usagePassword, token } = wap.credentials;
  return {
    ...{ WAP_ADMIN_URL: wap.adminUrl, WAP_USAGE_URL: wap.usageUrl },
    ...{ WAP_STS_KIND: tokens, WAP_STS_URL: tokens === 'windows' ? wap.windowsUrl : wap.stsUrl },
    ...{ WAP_USER: user, WAP_PASSWORD: password, WAP_TOKEN: token ?? '', WAP_PRINCIPAL: 'wap-billing-tests' },
    ...{ WAP_USAGE_USER: usageUser, WAP_USAGE_PASSWORD: usagePassword },
    ...{ BILLING_URL: billing.url, BILLING_TOKEN: billing.token, BILLING_STATE: 'wap-billing.sqlite' },
  };
}
