/** A world whose Node-RED can be killed at named points, and one sale after the other in it. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunLine } from '../../../lib/desk/runs';
import type { RunDescription } from '../../../lib/workflow/describe';
import type { DeployKind } from '../../harness/admin-api';
import type { Major } from '../../harness/repository';
import { repository } from '../../harness/repository';
import { until } from '../../harness/until';
import { startWorld, type World, type WorldOptions } from '../../harness/world';
import { flowsOf, isMeant, observed, orderOf, type Sale, saleFlows } from './flows';

/** The `nth` time that Node-RED passes the point of this name in one life. */
export interface Kill {
  point: string;
  nth: number;
}

export interface PassedPoint extends Kill {
  /** When, ms UTC. */
  at: number;
}

export interface SaleReport {
  sale: Sale;
  number: number;
  key: string;
  /** Kills that were reached; the others were planned for a point that did not come. */
  killed: Kill[];
  /** What was passed, a list for each life of the process. */
  lives: PassedPoint[][];
  run: RunDescription | undefined;
  /** The runs of another workflow that it asked for. */
  others: RunLine[];
  /** The flow was changed meanwhile, and the run stopped until it was put back. */
  wasEdited: boolean;
  /** How often the flows were deployed meanwhile. */
  deploys: number;
}

const limitMs = 60_000;

/** What Catch gets of a run that waits until the flow is put back. */
export const isStepChanged = ({ error }: Record<string, unknown>): boolean =>
  (error as { code?: unknown } | undefined)?.code === 'STATE_STEP_CHANGED';

export class CrashWorld {
  readonly #folder: string;
  #deploys = 0;
  #wasEdited = false;
  #selling = '';

  private constructor(
    readonly world: World,
    readonly sale: Sale,
    folder: string,
  ) {
    this.#folder = folder;
  }

  static async start(sale: Sale, major: Major, options: Partial<WorldOptions> = {}): Promise<CrashWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'wap-billing-crash-'));
    const portOf = (url: string) => new URL(url).port;
    writeFileSync(join(folder, 'plan.json'), JSON.stringify({ run: 0, kill: null }));
    writeFileSync(join(folder, 'points.log'), '');
    const world = await startWorld({
      major,
      logLevel: 'info',
      ...options,
      wap: { quotaSyncMs: 0, ...options.wap },
      billing: { rules: [{ pattern: /^Stuck[^(]*$/, delayMs: 'never' }], ...options.billing },
      env: {
        ...{ WAP_POLL_SECONDS: '1', BILLING_CHECK_SECONDS: '0.1', BILLING_DEADLINE_MINUTES: '0.01' },
        NODE_OPTIONS: `--require ${join(repository, 'test', 'crash', 'points.cjs')}`,
        CRASH_PLAN: join(folder, 'plan.json'),
        CRASH_LOG: join(folder, 'points.log'),
        ...options.env,
      },
      envOf: ({ wap, billing, sink }) => ({
        CRASH_PORTS: JSON.stringify({
          ...{ [portOf(wap.adminUrl)]: 'admin', [portOf(wap.usageUrl)]: 'usage', [portOf(wap.stsUrl)]: 'sts' },
          ...{ [portOf(billing.url)]: 'billing', [portOf(sink.url)]: 'sink' },
        }),
      }),
    });
    const crash = new CrashWorld(world, sale, folder);
    await world.deploy(observed(world, sale, flowsOf(sale)));
    await crash.#prepare();
    return crash;
  }

  async #prepare(): Promise<void> {
    const { seed, prepare } = saleFlows[this.sale];
    seed?.(this.world);
    if (!prepare) return;
    await this.world.inject('prepare');
    await this.world.message('prepared');
  }

  async stop(): Promise<void> {
    await this.world.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** One sale from order to end. The process is killed at each point in turn, a life each, and started again. What became of it
   *  is asked when `calm` again: a deploy may still be under way when the run has ended. */
  async sell(number: number, kills: Kill[] = [], calm: () => Promise<void> = async () => {}): Promise<SaleReport> {
    const { topic: key, ...order } = orderOf(this.sale, number);
    const planned = [...kills];
    const killed: Kill[] = [];
    this.world.log.clear();
    saleFlows[this.sale].seedOne?.(this.world, number);
    this.#wasEdited = false;
    const deploys = this.#deploys;
    this.#selling = key;
    const playBilling = this.#playBilling();
    try {
      this.#arm(number, planned[0] ?? null);
      await this.#order({ topic: key, ...order });
      for (;;) {
        const over = await until(
          `${key} ends`,
          () => this.#hasEnded(key) || (!this.world.nodeRed.running && 'killed'),
          limitMs,
        );
        const reached = planned.shift();
        if (over !== 'killed') break;
        if (!reached) throw new Error(`Node-RED ended by itself: ${this.world.nodeRed.logs.slice(-15).join('\n')}`);
        killed.push(reached);
        this.#arm(number, planned[0] ?? null);
        if (!(await this.#up())) continue; // killed again while it started
        const run = await this.find(key).catch(() => undefined);
        if (planned.length > 0 && !(await this.#staysUp())) continue;
        if (run?.state === 'completed') break;
        if (!run) await this.#order({ topic: key, ...order }); // whoever ordered had no answer, and orders again
      }
    } finally {
      playBilling();
      this.#arm(number, null);
    }
    await calm();
    // The last kill may have come after the end.
    if (killed.length < kills.length && !(await this.#staysUp())) await this.#up();
    return {
      sale: this.sale,
      number,
      key,
      killed,
      lives: this.#lives(number),
      run: await this.find(key),
      others: saleFlows[this.sale].other ? await this.#others(key) : [],
      wasEdited: this.#wasEdited,
      deploys: this.#deploys - deploys,
    };
  }

  /** Orders all of these at once, as far as the process takes them. */
  async orderAll(numbers: number[]): Promise<void> {
    await Promise.all(numbers.map(number => this.#order({ ...orderOf(this.sale, number) })));
  }

  async killAndRestart(): Promise<void> {
    await this.world.nodeRed.kill9();
    await this.world.nodeRed.start();
  }

  /** For each resumed process of run 0: from the start of its flows to its first durable transaction, in ms. */
  resumes(): number[] {
    return this.#lives(0)
      .slice(2) // what came before the first process, and that one
      .flatMap(life => {
        const started = life.find(({ point }) => point === 'flows started');
        const first = life.find(({ point }) => point.startsWith('after commit of update workflow'));
        return started && first ? [Math.max(0, first.at - started.at)] : [];
      });
  }

  /** Every run that the start node lists. */
  async runs(): Promise<RunDescription[]> {
    const count = this.world.messages('controlled').length;
    await this.world.inject('start', { control: 'list' });
    const { payload } = await this.world.message('controlled', count + 1);
    return payload as RunDescription[];
  }

  async find(key: string): Promise<RunDescription | undefined> {
    const runs = (await this.runs()).filter(run => run.key === key);
    if (runs.length > 1) throw new Error(`${runs.length} runs have the key ${key}`);
    return runs[0];
  }

  /** Those that have the key of a run before their own, once none is under way: a start tells Catch again of a failure. */
  async #others(key: string): Promise<RunLine[]> {
    const state = flowsOf(this.sale).find(({ type }) => type === 'billing-state')?.id;
    let found: RunLine[] = [];
    const isHeard = (run: RunLine) => this.world.messages('caught').some(({ topic }) => topic === run.key);
    const look = async () => {
      const parameters = new URLSearchParams({ text: `${key} ` });
      const url = `${this.world.nodeRed.url}/wap-billing/desk/${state}/runs?${parameters}`;
      found = ((await (await fetch(url)).json()) as { rows: RunLine[] }).rows;
      return found.every(run => run.state === 'completed' || (run.state === 'failed' && isHeard(run)));
    };
    await until('its runs rest', look, 10_000).catch(() => undefined); // what is wrong then, the check says
    // What failed would be told again behind a start in the next sale.
    const failed = found.filter(({ state }) => state === 'failed');
    for (const { id } of failed) await this.world.inject('other', { control: 'cancel', run: id });
    return found;
  }

  /** What the mapping holds. */
  async mapping(): Promise<Array<Record<string, unknown>>> {
    const count = this.world.messages('listed').length;
    await this.world.inject('list');
    const { payload } = await this.world.message('listed', count + 1);
    return payload as Array<Record<string, unknown>>;
  }

  /** Deploys with the start node changed, or else the last step; `full` restarts all. */
  async redeploy(kind: DeployKind, changesStart: boolean): Promise<void> {
    const { nodeRed } = this.world;
    const { start, last } = saleFlows[this.sale];
    const changed = changesStart ? start : last;
    this.#deploys += 1;
    const flows = (await nodeRed.flows()).map(node =>
      node.id === changed ? { ...node, name: `deployed ${this.#deploys}` } : node,
    );
    await nodeRed.deploy(flows, kind);
  }

  /** Deploys with another value in the step that every pass does first, and as it was once the run has stopped there. */
  async editMeanwhile(release: () => void): Promise<void> {
    const { nodeRed } = this.world;
    const stops = () => this.world.messages('caught').filter(isStepChanged).length;
    const before = stops();
    const asItWas = await nodeRed.flows();
    const { type, values } = saleFlows[this.sale].edit;
    const edited = asItWas.map(node => (node.type === type ? { ...node, ...values } : node));
    this.#wasEdited = true;
    this.#deploys += 2;
    await nodeRed.deploy(edited, 'full');
    release();
    await until('the run stops or had ended', () => stops() > before || this.#hasEnded(this.#selling), limitMs);
    await nodeRed.deploy(asItWas, 'full');
  }

  /** Billing learns of clones at once, as a quick adapter would tell it; originals never show. */
  #playBilling(): () => void {
    const { wap, billing, log } = this.world;
    let seen = 0;
    const look = () => {
      const made = log.entries({ server: 'admin', method: 'POST', path: '/plans' }).length;
      if (made === seen) return;
      const known = new Set(billing.state.offers.map(({ key }) => key));
      for (const { Id: offerKey, DisplayName: name, Price: price } of wap.state.plans) {
        if (!/\(r\d+\)$/.test(name) || known.has(offerKey)) continue;
        billing.seed({ offers: [{ key: offerKey, name, kind: 'plan', price, description: null, state: 'draft' }] });
        seen = made;
      }
    };
    const timer = this.sale === 'clone' ? setInterval(look, 20) : undefined;
    return () => clearInterval(timer);
  }

  #arm(run: number, kill: Kill | null): void {
    // Whole or not at all: Node-RED reads it at any time.
    writeFileSync(join(this.#folder, 'next.json'), JSON.stringify({ run, kill }));
    renameSync(join(this.#folder, 'next.json'), join(this.#folder, 'plan.json'));
  }

  /** A request that the kill cuts off is no failure of the test. */
  async #order(message: Record<string, unknown>): Promise<void> {
    await this.world.inject('start', message).catch(async () => {
      // Or a kept connection had ended just before it was used again.
      if (await this.#staysUp()) await this.world.inject('start', message);
    });
  }

  /** The end of a killed process is seen a moment after its connections broke. */
  async #staysUp(): Promise<boolean> {
    const { nodeRed } = this.world;
    return until('the process ends', () => !nodeRed.running, 300).then(
      () => false,
      () => true,
    );
  }

  async #up(): Promise<boolean> {
    try {
      await this.world.nodeRed.start();
      return true;
    } catch (error) {
      if (await this.#staysUp()) throw error;
      return false;
    }
  }

  #hasEnded(key: string): 'ended' | false {
    const isOf = (message: Record<string, unknown>) => message.topic === key;
    const isFinal = (message: Record<string, unknown>) =>
      isOf(message) && !isStepChanged(message) && !isMeant(this.sale, message);
    return this.world.messages('ended').some(isOf) || this.world.messages('caught').some(isFinal) ? 'ended' : false;
  }

  /** The points of one run, by lives. */
  #lives(number: number): PassedPoint[][] {
    const lives: PassedPoint[][] = [[]];
    for (const line of readFileSync(join(this.#folder, 'points.log'), 'utf8').split('\n')) {
      const [at = '', run = '', nth = '', ...point] = line.split(' ');
      if (Number(run) !== number || line === '') continue;
      const passed = { at: Number(at), nth: Number(nth), point: point.join(' ') };
      if (passed.point === 'boot') lives.push([]);
      lives.at(-1)?.push(passed);
    }
    return lives;
  }
}
