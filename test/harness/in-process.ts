/** Node-RED's runtime in this process, by node-red-node-test-helper, with the nodes as they are built: for what a node does with
 *  messages. It knows neither the loader, the editor nor a restart: for those see `startNodeRed`. One at a time in a process. */
import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import type { Node, NodeAPI, NodeInitializer, NodeMessage } from 'node-red';
import type { DeployKind, FlowNode } from './admin-api';
import { keepWhenTestsFail } from './evidence';
import { probeTypes } from './probes';
import { type Major, readPackage, repository } from './repository';
import type { TestedNodeRed } from './tested-node-red';
import { until } from './until';

type Helper = typeof import('node-red-node-test-helper');
type Credentials = Record<string, Record<string, string>>;

export interface InProcessOptions {
  major: Major;
  flows?: FlowNode[];
  /** Credentials by node id, put into the deployed nodes. */
  credentials?: Credentials;
  env?: Record<string, string>;
  /** More settings of Node-RED. */
  settings?: Record<string, unknown>;
  /** Takes what comes to each sink, by its name. */
  sunk: Map<string, Array<Record<string, unknown>>>;
}

const startLimitMs = 60_000;

const modules: Record<Major, string> = { 4: 'node-red-4', 5: 'node-red' };

/** The files of Node-RED's own nodes that flows under test may have. */
const coreFiles: Record<string, readonly string[]> = {
  'common/20-inject': ['inject'],
  'common/21-debug': ['debug'],
  'common/24-complete': ['complete'],
  'common/25-catch': ['catch'],
  'common/25-status': ['status'],
  'common/60-link': ['link in', 'link out', 'link call'],
  'function/10-function': ['function'],
  'function/10-switch': ['switch'],
  'function/15-change': ['change'],
  'function/80-template': ['template'],
  'function/89-delay': ['delay'],
  'function/89-trigger': ['trigger'],
  'network/05-tls': ['tls-config'],
  'network/06-httpproxy': ['http proxy'],
  'network/21-httpin': ['http in', 'http response'],
  'network/21-httprequest': ['http request'],
  'parsers/70-CSV': ['csv'],
  'parsers/70-JSON': ['json'],
  'sequence/17-split': ['split', 'join'],
  'sequence/18-sort': ['sort'],
  'sequence/19-batch': ['batch'],
};
const noNodes = ['tab', 'group', 'comment', 'subflow'];

export async function startInProcess(options: InProcessOptions): Promise<InProcess> {
  const helper: Helper = require('node-red-node-test-helper');
  const redPath = require.resolve(modules[options.major]);
  helper.init(redPath);
  const nodeRed = new InProcess(options.major, helper, redPath, options);
  try {
    await nodeRed.start();
    if (options.flows) await nodeRed.deploy(options.flows);
  } catch (error) {
    await nodeRed.stop(error);
    throw error;
  }
  return nodeRed;
}

export class InProcess implements TestedNodeRed {
  url = '';
  readonly userDir = mkdtempSync(join(tmpdir(), 'wap-billing-in-process-'));
  /** As a real one would print them, without the time. */
  readonly logs: string[] = [];
  readonly #helper: Helper;
  readonly #require: NodeJS.Require;
  readonly #options: InProcessOptions;
  readonly #release = keepWhenTestsFail(this.userDir);
  readonly #drives = new Map<string, { send(message: unknown): void }>();
  readonly #logHandler = new EventEmitter();
  readonly #before: Array<[name: string, value: string | undefined]> = [];
  #server: Server | undefined;
  #isLoaded = false;

  constructor(
    readonly major: Major,
    helper: Helper,
    redPath: string,
    options: InProcessOptions,
  ) {
    this.#helper = helper;
    this.#require = createRequire(redPath);
    this.#options = options;
  }

  async start(): Promise<void> {
    for (const [name, value] of Object.entries(this.#options.env ?? {})) {
      this.#before.push([name, process.env[name]]);
      process.env[name] = value;
    }
    await this.#helper.startServer();
    this.#helper.settings({
      ...{ userDir: this.userDir, httpNodeRoot: '/', httpAdminRoot: '/', functionExternalModules: false },
      ...this.#options.settings,
    });
    const { log, i18n, events } = this.#require('@node-red/util');
    this.#logHandler.on('log', line => this.#note(log, line));
    log.addHandler(this.#logHandler);
    events.setMaxListeners(0); // types are registered once in the life of a real process, and here for each world
    await registerTexts(i18n);
  }

  async deploy(flows: FlowNode[], kind: DeployKind = 'full'): Promise<void> {
    const credentials = { ...this.#options.credentials, ...credentialsIn(flows) };
    checkTypes(flows);
    const plain = flows.map(({ credentials: _, ...node }) => node) as FlowNode[];
    if (!this.#isLoaded) {
      // Empty, because the helper registers Catch, Status and Complete once for each of them in the first flow.
      await this.#helper.load([red => this.#register(red)], []);
      this.#isLoaded = true;
    }
    await this.#replace(plain, kind, credentials);
  }

  /** The helper itself gives a deploy 300 ms; nodes may take longer to close. */
  async #replace(flows: FlowNode[], kind: DeployKind, credentials: Credentials): Promise<void> {
    const { events } = this.#require('@node-red/util');
    const started = once(events, 'flows:started', { signal: AbortSignal.timeout(startLimitMs) });
    this.#drives.clear();
    const set = this.#helper.setFlows(flows as never, kind as never, credentials as never).catch((error: Error) => {
      if (error.message !== 'timeout waiting event') throw error;
    });
    await Promise.all([started, set]);
  }

  async send(name: string, message: Record<string, unknown>): Promise<void> {
    const drive = this.#drives.get(name);
    if (!drive) throw new Error(`no probe drives "${name}"`);
    drive.send(structuredClone(message));
  }

  async flows(): Promise<FlowNode[]> {
    return this.#require('@node-red/runtime/lib/nodes').getFlows().flows;
  }

  /** Presses the button of an inject node. */
  async inject(nodeId: string): Promise<void> {
    this.#helper.getNode(nodeId).receive({});
  }

  waitLog(pattern: RegExp, from = 0, limitMs?: number): Promise<string> {
    return until(`log line ${pattern}`, () => this.logs.slice(from).find(line => pattern.test(line)), limitMs);
  }

  async stop(keepBecause?: unknown): Promise<void> {
    const { log } = this.#require('@node-red/util');
    try {
      if (this.#isLoaded) await this.#helper.unload();
    } finally {
      await this.#helper.stopServer();
      log.removeHandler(this.#logHandler);
      this.#server?.closeAllConnections();
      await new Promise(resolve => (this.#server ? this.#server.close(resolve) : resolve(undefined)));
      for (const [name, value] of this.#before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      this.#release(keepBecause);
    }
  }

  /** All types at once: the helper calls this for each load. */
  async #register(red: NodeAPI): Promise<void> {
    await this.#listen(red);
    const { i18n } = this.#require('@node-red/util');
    for (const type of ownTypes()) {
      const initialize: NodeInitializer = require(join(repository, 'dist/nodes', type, `${type}.js`));
      await initialize(withTexts(red, i18n, `${readPackage(repository).name}/${type}`));
    }
    const core = join(this.#require.resolve('@node-red/nodes'), '..', 'core');
    for (const file of Object.keys(coreFiles)) {
      await this.#require(join(core, `${file}.js`))(withTexts(red, i18n, 'node-red'));
    }
    this.#registerProbes(red);
  }

  #registerProbes(red: NodeAPI): void {
    const drives = this.#drives;
    const { sunk } = this.#options;
    red.nodes.registerType(probeTypes.drive, function drive(this: Node, config) {
      red.nodes.createNode(this, config);
      drives.set(config.name, { send: message => this.send(message as NodeMessage) });
    });
    red.nodes.registerType(probeTypes.sink, function sink(this: Node, config) {
      red.nodes.createNode(this, config);
      this.on('input', (message, _send, done) => {
        const { req: _req, res: _res, ...rest } = message as Record<string, unknown>;
        const list = sunk.get(config.name) ?? [];
        sunk.set(config.name, list);
        list.push(JSON.parse(JSON.stringify(rest))); // as it would arrive outside
        done();
      });
    });
  }

  /** Endpoints of nodes, as WAP and the editor call them. */
  async #listen(red: NodeAPI): Promise<void> {
    const app = express();
    app.use(express.json({ limit: '5mb' }));
    app.use(red.httpAdmin, red.httpNode);
    this.#server = createServer(app);
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #note(log: { METRIC: number; AUDIT: number; WARN: number; ERROR: number; INFO: number }, line: LogLine): void {
    if (line.level > log.INFO) return;
    const level = line.level <= log.ERROR ? 'error' : line.level <= log.WARN ? 'warn' : 'info';
    const who = line.type ? `[${line.type}:${line.name || line.id}] ` : '';
    const { msg } = line;
    const text =
      typeof msg === 'object' && msg !== null && String(msg) === '[object Object]' ? (msg.message ?? '') : msg;
    this.logs.push(`[${level}] ${who}${text}`);
  }
}

interface LogLine {
  level: number;
  type?: string;
  name?: string;
  id?: string;
  msg: { message?: string } | string | null;
}

const ownTypes = (): string[] => Object.keys(readPackage(repository)['node-red']?.nodes ?? {});

/** The same API with the texts of one catalogue; the helper's own gives back each key. */
function withTexts(red: NodeAPI, i18n: { _(...given: unknown[]): string }, namespace: string): NodeAPI {
  const say = (key: string, ...more: unknown[]) => i18n._(key.includes(':') ? key : `${namespace}:${key}`, ...more);
  return Object.assign(Object.create(red), { _: say });
}

/** The catalogues as Node-RED's loader registers them for the package. */
async function registerTexts(i18n: {
  registerMessageCatalog(namespace: string, dir: string, file: string): Promise<void>;
}): Promise<void> {
  const { name } = readPackage(repository);
  const shared = join(repository, 'resources/locales');
  await i18n.registerMessageCatalog(`${name}/wap-billing`, shared, 'wap-billing.json');
  for (const type of ownTypes()) {
    const folder = join(repository, 'dist/nodes', type, 'locales');
    if (existsSync(folder)) await i18n.registerMessageCatalog(`${name}/${type}`, folder, `${type}.json`);
  }
}

function credentialsIn(flows: FlowNode[]): Credentials {
  const found = flows.filter(({ credentials }) => credentials !== undefined);
  return Object.fromEntries(found.map(({ id, credentials }) => [id, credentials as Record<string, string>]));
}

/** Fails early and clearly for a type that a flow under test has and nothing here registers. */
function checkTypes(flows: readonly FlowNode[]): void {
  const known = new Set([...ownTypes(), ...Object.values(coreFiles).flat(), ...noNodes, ...Object.values(probeTypes)]);
  const strange = flows.map(({ type }) => type).filter(type => !known.has(type) && !type.startsWith('subflow:'));
  if (strange.length > 0)
    throw new Error(`test/harness/in-process.ts registers no ${[...new Set(strange)].join(', ')}`);
}
