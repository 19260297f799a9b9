/** A real Node-RED in a process of its own, with the packed package installed as a user would. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DeployKind, type FlowNode, getFlows, getNodeSets, postFlows, pressInject } from './admin-api';
import { type Child, startChild } from './children';
import { keepWhenTestsFail } from './evidence';
import { releasePort } from './ports';
import { type Engine, engine, type Major, type PackageJson } from './repository';
import { type Home, type LogLevel, makeHome } from './settings';
import { installedPackage } from './tarball';
import type { TestedNodeRed } from './tested-node-red';
import { until } from './until';

export interface NodeRedOptions {
  major: Major;
  /** Another Node-RED than the newest of this major. */
  engine?: Engine;
  /** Begin without the package. */
  empty?: boolean;
  flows?: FlowNode[];
  /** There before the first start: where nobody may deploy. */
  saved?: FlowNode[];
  /** Credentials by node id, put into the deployed nodes. */
  credentials?: Record<string, Record<string, string>>;
  env?: Record<string, string>;
  logLevel?: LogLevel;
  metrics?: boolean;
  /** More settings of Node-RED. */
  settings?: Record<string, unknown>;
}

const startLimitMs = 60_000;

export async function startNodeRed(options: NodeRedOptions): Promise<NodeRed> {
  const packed = options.empty ? null : installedPackage();
  const home = await makeHome(packed, options.logLevel ?? 'info', options.metrics ?? false, options.settings);
  if (options.saved) writeFileSync(join(home.userDir, 'flows.json'), JSON.stringify(options.saved));
  const how = options.engine ?? engine(options.major);
  const nodeRed = new NodeRed(options.major, home, options.env ?? {}, packed?.manifest ?? null, how);
  try {
    await nodeRed.start();
    if (options.flows) await nodeRed.deploy(withCredentials(options.flows, options.credentials ?? {}));
  } catch (error) {
    await nodeRed.stop(error);
    throw error;
  }
  return nodeRed;
}

export class NodeRed implements TestedNodeRed {
  readonly #home: Home;
  readonly #env: Record<string, string>;
  readonly #manifest: PackageJson | null;
  readonly #engine: Engine;
  readonly url: string;
  readonly userDir: string;
  /** Every line Node-RED has printed, over all restarts. */
  readonly logs: string[] = [];
  #child: Child | undefined;
  readonly #release: (because?: unknown) => void;

  constructor(
    readonly major: Major,
    home: Home,
    env: Record<string, string>,
    manifest: PackageJson | null,
    engine: Engine,
  ) {
    this.#home = home;
    this.#env = env;
    this.#manifest = manifest;
    this.#engine = engine;
    this.url = `http://127.0.0.1:${home.port}`;
    this.userDir = home.userDir;
    this.#release = keepWhenTestsFail(home.userDir);
  }

  /** As Node-RED printed it, e.g. `5.0.7`. */
  get version(): string {
    return this.logs.map(line => /Node-RED version: v(\S+)/.exec(line)?.[1]).find(found => found !== undefined) ?? '';
  }

  /** Ready means: the server runs, its flows are started, and it has loaded every node of the package without an error. */
  async start(): Promise<void> {
    const { node, redJs } = this.#engine;
    const from = this.logs.length;
    const { userDir, startedIn: cwd, logFile } = this.#home;
    this.#child = startChild(node, [redJs, '-u', userDir], { cwd, env: this.#env, logFile, lines: this.logs });
    await this.waitLog(/Server now running/, from, startLimitMs);
    const look = () => (this.#child?.ended ? this.#lastWords() : this.#checkLoaded());
    const loaded = await until<boolean | Error>('the package loaded', look, startLimitMs);
    if (loaded instanceof Error) throw loaded;
    await this.waitLog(/Started flows|Waiting for missing types/, from, startLimitMs);
  }

  /** Waits until Node-RED has started what was deployed. */
  async deploy(flows: FlowNode[], kind: DeployKind = 'full'): Promise<void> {
    await this.deployedBy(() => postFlows(this.url, flows, kind));
  }

  /** Lets someone else deploy, e.g. the editor, whose answer comes before the flows are started. */
  async deployedBy(act: () => Promise<unknown>): Promise<void> {
    const from = this.logs.length;
    await act();
    await this.waitLog(/Started (modified )?(flows|nodes)|Waiting for missing types/, from);
  }

  async flows(): Promise<FlowNode[]> {
    return (await getFlows(this.url)).flows;
  }

  /** Presses the button of an inject node. */
  inject(nodeId: string): Promise<void> {
    return pressInject(this.url, nodeId);
  }

  /** Sends a message into the node that a probe drives under this name. */
  async send(name: string, message: Record<string, unknown>): Promise<void> {
    const body = JSON.stringify(message);
    const response = await fetch(`${this.url}/test/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (!response.ok) throw new Error(`probe ${name}: ${response.status} ${await response.text()}`);
  }

  /** The first line from line number `from` on that fits; default: any line so far or to come. */
  waitLog(pattern: RegExp, from = 0, limitMs?: number): Promise<string> {
    const look = () => {
      const found = this.logs.slice(from).find(line => pattern.test(line));
      if (found === undefined && this.#child?.ended) return this.#lastWords();
      return found;
    };
    return until(`log line ${pattern}`, look, limitMs).then(found => {
      if (found instanceof Error) throw found;
      return found;
    });
  }

  /** False after the process has ended, however it did. */
  get running(): boolean {
    return this.#child !== undefined && !this.#child.ended;
  }

  async kill9(): Promise<void> {
    await this.#child?.end('SIGKILL');
  }

  /** Same user directory, same port. */
  async restart(): Promise<void> {
    await this.#child?.end('SIGTERM');
    await this.start();
  }

  /** Ends the process; the user directory goes unless a test failed since the start or a reason to keep it is given. */
  async stop(keepBecause?: unknown): Promise<void> {
    await this.#child?.end('SIGTERM');
    await releasePort(this.#home.port);
    this.#release(keepBecause);
  }

  async #checkLoaded(): Promise<boolean> {
    const sets = await getNodeSets(this.url);
    const manifest = this.#manifest;
    const ours = Object.keys(manifest?.['node-red']?.nodes ?? {}).map(key => `${manifest?.name}/${key}`);
    const broken = sets.filter(set => ours.includes(set.id) && set.err !== undefined);
    if (broken.length > 0) throw new Error(broken.map(set => `${set.id}: ${JSON.stringify(set.err)}`).join('; '));
    return ours.every(id => sets.some(set => set.id === id));
  }

  #lastWords(): Error {
    return new Error(`Node-RED ended early:\n${this.logs.slice(-15).join('\n')}`);
  }
}

function withCredentials(flows: FlowNode[], credentials: Record<string, Record<string, string>>): FlowNode[] {
  return flows.map(node => {
    const secrets = credentials[node.id];
    return secrets ? { ...node, credentials: secrets } : node;
  });
}
