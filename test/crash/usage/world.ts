/** A world whose Node-RED brings usage to billing and can be killed meanwhile; portion after portion of records in it, each
 *  compared with billing's ledger. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlowNode } from '../../harness/admin-api';
import type { NodeRed } from '../../harness/node-red';
import { type Major, repository } from '../../harness/repository';
import { until } from '../../harness/until';

import { startWorld, World } from '../../harness/world';
import { eventKey, observed, usageFlows } from './flows';
import { billsFor, compare, differingTotals, totalsFor } from './oracle';
import { PageBender } from './page-bender';
import { type Portion, portion, subscriptions } from './source';
import { totalsAtDesk } from './totals';

/** At the `nth` point that fits the pattern, or at any time. */
export type UsageKill = { like: string; nth: number } | { afterMs: number };

export interface Delivery {
  records: number;
  quantities: number;
  /** Kills that were reached. */
  kills: number;
  /** Whether the trouble took place. */
  met: boolean;
  /** Keys. */
  lost: string[];
  twice: string[];
  wrong: string[];
  ms: number;
}

export interface Wanted {
  count: number;
  seed: number;
  lateMs?: number;
  kills?: UsageKill[];
  trouble?: UsageTrouble;
}

/** Begins right before the records show; what it returns ends it, and says whether it was met at all. */
export type UsageTrouble = (world: UsageWorld) => () => Promise<boolean>;

export interface UsageWorldOptions {
  /** Where the state file lies; default: the user directory. */
  stateFolder?: string;
  limitMs?: number;
  /** Makes another flow of the example. */
  flows?: (example: FlowNode[]) => FlowNode[];
}

const preloaded = ['points.cjs', 'hostile.cjs'].map(name => `--require ${join(repository, 'test', 'crash', name)}`);

export class UsageWorld {
  readonly #folder: string;
  readonly #limitMs: number;
  /** The last id of WAP's records. */
  #last = 0;
  #number = 0;
  readonly #events = new Map<number, number>();
  #lastEvent = 0;

  private constructor(
    public world: World,
    readonly bender: PageBender,
    folder: string,
    limitMs: number,
  ) {
    this.#folder = folder;
    this.#limitMs = limitMs;
  }

  static async start(major: Major, options: UsageWorldOptions = {}): Promise<UsageWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'wap-billing-usage-crash-'));
    const bender = await PageBender.start();
    const portOf = (url: string) => new URL(url).port;
    writeFileSync(join(folder, 'plan.json'), JSON.stringify({ run: 0, kill: null }));
    writeFileSync(join(folder, 'hostile.json'), JSON.stringify({ clockMs: 0, isFull: false }));
    let world: World | undefined;
    try {
      world = await startWorld({
        major,
        env: {
          WAP_POLL_SECONDS: '1',
          NODE_OPTIONS: preloaded.join(' '),
          CRASH_PLAN: join(folder, 'plan.json'),
          CRASH_LOG: join(folder, 'points.log'),
          CRASH_INSIDE: '^(insert usage_page|update usage_slice|delete usage_page)$',
          HOSTILE_PLAN: join(folder, 'hostile.json'),
        },
        envOf: ({ wap, billing }) => {
          bender.target = wap.usageUrl;
          return {
            WAP_USAGE_URL: bender.url,
            CRASH_PORTS: JSON.stringify({ [portOf(bender.url)]: 'usage', [portOf(billing.url)]: 'billing' }),
            ...(options.stateFolder ? { BILLING_STATE: join(options.stateFolder, 'wap-billing.sqlite') } : {}),
          };
        },
      });
      const usage = new UsageWorld(world, bender, folder, options.limitMs ?? 120_000);
      await usage.#begin(options.flows ?? (flows => flows));
      return usage;
    } catch (error) {
      await world?.stop();
      await bender.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.world.stop();
    await this.bender.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** New records, from their appearance until billing has them; Node-RED is killed meanwhile, and started again. */
  async deliver(wanted: Wanted): Promise<Delivery> {
    const began = Date.now();
    this.#number += 1;
    this.world.log.clear();
    this.world.sink.clear();
    const records = portion(this.#last, wanted);
    const ledgerBefore = this.world.billing.state.ledger.length;
    this.#last = records.lastId;
    const kills = [...(wanted.kills ?? [])];
    const stopTimer = this.#next(kills[0]);
    const over = wanted.trouble?.(this);
    this.world.wap.seed({ usage: records.records });
    let killed = await this.#bringUp(kills, stopTimer);
    const met = (await over?.()) ?? false;
    if (!this.world.nodeRed.running) {
      killed += 1; // the trouble was one
      await this.#up();
    }
    const caughtUp = await this.#caughtUp(records);
    const difference = this.#judge(records, ledgerBefore);
    difference.wrong.push(...(await this.#judgeTotals()));
    if (!caughtUp && difference.lost.length === 0) difference.lost.push(this.#whatIsOpen());
    return { records: records.records.length, kills: killed, met, ms: Date.now() - began, ...difference };
  }

  /** Lets WAP have these events (of plans) and their states; a later call may settle pending ones. What WAP has told stays as it
   *  is: another content under known ids would be a restored WAP. */
  tell(events: ReadonlyMap<number, number>): void {
    for (const [EventId, State] of events) {
      if (this.#events.get(EventId) === State) continue;
      this.#events.set(EventId, State);
      const Entity = { Id: `plan-${EventId}`, DisplayName: `Plan ${EventId}`, State: 1 };
      this.world.wap.seed({ events: [{ feed: 'plans', EventId, State, Entity }] });
    }
  }

  /** Numbers for events that were not used yet. */
  nextEvents(count: number): number[] {
    const ids = Array.from({ length: count }, (_none, index) => this.#lastEvent + 1 + 2 * index);
    this.#lastEvent = ids.at(-1) ?? this.#lastEvent;
    return ids;
  }

  /** What the preloaded module makes Node-RED believe. */
  pretend(hostile: { clockMs?: number; isFull?: boolean }): void {
    this.#write('hostile.json', { clockMs: 0, isFull: false, ...hostile });
  }

  /** From now on this one is looked at, and killed. */
  use(nodeRed: NodeRed): void {
    const { wap, billing, log, sink, env } = this.world;
    this.world = new World(wap, billing, log, sink, nodeRed, env);
  }

  /** Points that Node-RED passed since the world began. */
  points(file = 'points.log'): string[] {
    return readFileSync(this.file(file), 'utf8')
      .split('\n')
      .map(line => line.split(' ').slice(3).join(' '));
  }

  async #begin(flows: (example: FlowNode[]) => FlowNode[]): Promise<void> {
    const { world } = this;
    this.#number += 1;
    this.#next(undefined);
    world.wap.seed({ usage: { count: 0, unordered: true } });
    await world.deploy(observed(world, flows(usageFlows())));
    for (const [index, wapId] of subscriptions.entries()) {
      await world.inject('map', { wapId, billingId: `b-${wapId}` });
      await world.message('mapped', index + 1);
    }
  }

  /** Until all kills came that come. */
  async #bringUp(kills: UsageKill[], stopTimer: () => void): Promise<number> {
    const { nodeRed } = this.world;
    let killed = 0;
    let stop = stopTimer;
    while (kills.length > 0) {
      const from = this.#turns();
      const isIdle = () => this.#turns() > from + 3 && this.#isIdle() && 'idle';
      const how = await until('a kill', () => (!nodeRed.running && 'killed') || isIdle(), this.#limitMs).catch(
        () => 'stuck',
      );
      stop();
      if (how !== 'killed') break;
      killed += 1;
      kills.shift();
      stop = this.#next(kills[0]);
      await this.#up();
    }
    stop();
    this.#next(undefined);
    return killed;
  }

  /** A kill at a later point may come while it starts. */
  async #up(): Promise<void> {
    const { nodeRed } = this.world;
    try {
      await nodeRed.start();
    } catch (error) {
      const isGone = await until('the process ends', () => !nodeRed.running, 500).catch(() => false);
      if (!isGone) throw error;
    }
  }

  /** Plans the next kill; what it returns calls a timed one off. */
  #next(kill: UsageKill | undefined): () => void {
    const isTimed = kill !== undefined && 'afterMs' in kill;
    this.#write('plan.json', { run: this.#number, kill: isTimed ? null : (kill ?? null) });
    if (!isTimed) return () => undefined;
    const timer = setTimeout(() => void this.world.nodeRed.kill9(), kill.afterMs);
    return () => clearTimeout(timer);
  }

  #turns(): number {
    return this.world.messages('caught up').filter(({ topic }) => topic === 'caughtUp').length;
  }

  #isIdle(): boolean {
    return isDone(this.world.messages('caught up').at(-1)?.payload, this.#last);
  }

  /** Two whole turns after the last records showed, and nothing is open. False when that does not come in time. */
  async #caughtUp({ completeAt }: Portion): Promise<boolean> {
    try {
      await until('the last records show', () => Date.now() > completeAt, this.#limitMs);
      const from = this.#turns();
      await until('all is delivered', () => this.#turns() > from + 1 && this.#isIdle(), this.#limitMs);
      const facts = [...this.#events].filter(([, state]) => state === 0).map(([id]) => eventKey(id));
      const has = () => {
        const held = new Set(this.world.billing.state.ledger.map(({ id }) => id));
        return facts.every(key => held.has(key));
      };
      await until('the events are delivered', has, this.#limitMs);
      return true;
    } catch {
      return false;
    }
  }

  #whatIsOpen(): string {
    const turns = this.world.messages('caught up');
    const errors = this.world
      .messages('caught')
      .slice(-5)
      .map(({ error }) => error);
    const last = turns.at(-1)?.payload;
    return `what is stored says that something is open: ${JSON.stringify({ turns: turns.length, last, errors })}`;
  }

  #judge({ firstId, lastId }: Portion, ledgerBefore: number) {
    const { wap, billing } = this.world;
    const installation = new URL(wap.adminUrl).host;
    const source = wap.expectedUsage({ fromId: firstId, toId: lastId, withoutDuplicates: true });
    const wanted = billsFor(source, installation);
    const { ledger } = billing.state;
    const isEvent = ({ id }: { id: string }) => id.startsWith('event/');
    const difference = compare(
      wanted,
      ledger.slice(ledgerBefore).filter(entry => !isEvent(entry)),
    );
    const facts = new Set([...this.#events].filter(([, state]) => state === 0).map(([id]) => eventKey(id)));
    const held = new Set(ledger.filter(isEvent).map(({ id }) => id));
    difference.lost.push(...[...facts].filter(key => !held.has(key)));
    difference.twice.push(...[...held].filter(key => !facts.has(key)));
    const rejected = this.world.messages('rejected').map(({ payload }) => `rejected: ${JSON.stringify(payload)}`);
    difference.wrong.push(...rejected);
    return { quantities: wanted.length, ...difference };
  }

  /** Totals of the whole ledger, asked of the desk. */
  async #judgeTotals(): Promise<string[]> {
    const { nodeRed, billing } = this.world;
    const isUsage = ({ id }: { id: string }) => !id.startsWith('event/');
    return differingTotals(totalsFor(billing.state.ledger.filter(isUsage)), await totalsAtDesk(nodeRed.url));
  }

  /** Where a file of this world is. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  /** Whole or not at all: Node-RED reads it at any time. */
  #write(name: string, content: unknown): void {
    writeFileSync(join(this.#folder, 'next.json'), JSON.stringify(content));
    renameSync(join(this.#folder, 'next.json'), join(this.#folder, name));
  }
}

/** What a poll node says at the end of a turn. */
function isDone(payload: unknown, lastId: number): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  const { waiting, unacknowledged, dead, feeds }: Record<string, unknown> = { ...payload };
  const [feed]: Array<{ fetched?: number; delivered?: number }> = Array.isArray(feeds) ? feeds : [];
  const isAll = feed !== undefined && (feed.fetched ?? -1) >= lastId && feed.delivered === feed.fetched;
  return isAll && waiting === 0 && unacknowledged === 0 && dead === 0;
}
