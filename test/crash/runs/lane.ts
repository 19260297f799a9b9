/** Sales one after the other in one world, each checked; a world that got stuck is replaced. */
import { appendFileSync } from 'node:fs';
import type { PlanOrAddOn } from '../../../lib/wap/types';
import type { Major } from '../../harness/repository';
import { until } from '../../harness/until';
import type { World } from '../../harness/world';
import { wrongAsked, wrongAskedMapping } from './asked-flow';
import { wrongEach, wrongEachMapping } from './each-flow';
import type { Sale } from './flows';
import { wrongForked, wrongForkedMapping } from './forked-flow';
import { violations, wrongEnd, wrongMapping } from './invariants';
import { wrongTenant, wrongTenantMapping } from './tenants-invariants';
import { CrashWorld, type Kill, type PassedPoint, type SaleReport } from './world';

export interface Job {
  id: string;
  sale: Sale;
  kills: Kill[];
  /** Switches something on for this sale; what it returns switches it off. */
  trouble?: (crash: CrashWorld) => () => Promise<void>;
}

export interface JobResult {
  id: string;
  sale: Sale;
  planned: Kill[];
  killed: Kill[];
  violations: string[];
  /** For each resumed process: from the start of its flows, and of the process, to the first durable transaction. */
  resumes: Array<{ flowsMs: number; processMs: number }>;
  ms: number;
}

/** A list of the mapping holds those of so many sales. */
const mostInWorld = 200;

export class Lane {
  readonly #major: Major;
  readonly #onResult: (result: JobResult) => void;
  #crash: CrashWorld | undefined;
  #model: PlanOrAddOn | undefined;
  #number = 0;
  #sold: SaleReport[] = [];
  /** What the last undisturbed sale of this lane passed. */
  points: PassedPoint[] = [];
  /** What resumed processes passed. */
  readonly resumed = new Map<string, Kill>();

  constructor(
    readonly sale: Sale,
    major: Major,
    onResult: (result: JobResult) => void,
  ) {
    this.#major = major;
    this.#onResult = onResult;
  }

  async run(job: Job): Promise<JobResult> {
    const began = Date.now();
    const result: JobResult = {
      id: job.id,
      sale: this.sale,
      planned: job.kills,
      killed: [],
      violations: [],
      resumes: [],
      ms: 0,
    };
    try {
      if (this.#sold.length >= mostInWorld) await this.finish();
      const crash = await this.#open();
      this.#number += 1;
      const over = job.trouble?.(crash);
      const report = await crash.sell(this.#number, job.kills, over).finally(over);
      this.#sold.push(report);
      result.killed = report.killed;
      result.resumes = resumesOf(report);
      result.violations = this.#wrong(crash, report);
      for (const { point, nth } of report.lives.slice(1).flat()) this.resumed.set(`${point}#${nth}`, { point, nth });
    } catch (error) {
      result.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      await this.#drop();
    }
    result.ms = Date.now() - began;
    this.#onResult(result);
    return result;
  }

  /** Checks the mapping of all sales so far, which the adapter of the high-frequency example keeps a little later. */
  async finish(): Promise<void> {
    if (!this.#crash) return;
    const { world } = this.#crash;
    const wrong = async () => {
      const entries = (await this.#crash?.mapping()) ?? [];
      return this.#sold.flatMap(report =>
        this.#wrongPairs(world, report, entries).map(text => `${report.key}: ${text}`),
      );
    };
    const began = Date.now();
    await until('the mapping is right', async () => (await wrong()).length === 0, 45_000).catch(() => undefined);
    const left = await wrong();
    this.#onResult({
      ...{
        id: `${this.sale} mapping of ${this.#sold.length} sales up to ${this.#number}`,
        sale: this.sale,
        planned: [],
        killed: [],
      },
      ...{ violations: left, resumes: [], ms: Date.now() - began },
    });
    await this.#drop();
  }

  /** A world that has sold twice: the first sale also fetches a token, the second is the model. */
  async #open(): Promise<CrashWorld> {
    if (this.#crash) return this.#crash;
    const crash = await CrashWorld.start(this.sale, this.#major);
    this.#crash = crash;
    for (let sales = 0; sales < 2; sales += 1) {
      this.#number += 1;
      const report = await crash.sell(this.#number);
      const wrong = this.#wrong(crash, report);
      if (wrong.length > 0) throw new Error(`undisturbed: ${wrong.join('; ')}`);
      this.#sold.push(report);
      this.points = report.lives.flat();
      const name = `${report.key}${this.sale === 'clone' ? ' (r2)' : ''}`;
      this.#model = crash.world.wap.state.plans.find(({ DisplayName }) => DisplayName === name);
    }
    return crash;
  }

  get #isForked(): boolean {
    return this.sale === 'forked' || this.sale === 'joined';
  }

  #wrong({ world }: CrashWorld, report: SaleReport): string[] {
    if (this.sale === 'tenants') return wrongTenant(world, report);
    if (this.#isForked) return [...wrongEnd(world, report), ...wrongForked(world, report.number)];
    if (this.sale === 'asked') return [...wrongEnd(world, report), ...wrongAsked(world, report.key)];
    if (this.sale === 'each') return [...wrongEnd(world, report), ...wrongEach(world, report)];
    return violations(world, report, this.#model);
  }

  #wrongPairs(world: World, report: SaleReport, entries: Array<Record<string, unknown>>): string[] {
    if (this.sale === 'tenants') return wrongTenantMapping(world, report, entries);
    if (this.#isForked) return wrongForkedMapping(world, report.number, entries);
    if (this.sale === 'asked') return wrongAskedMapping(world, report.key, entries);
    if (this.sale === 'each') return wrongEachMapping(world, report.key, entries);
    return wrongMapping(world, report, entries);
  }

  /** What an undisturbed sale passes. */
  async record(): Promise<PassedPoint[]> {
    await this.#open();
    return this.points;
  }

  async #drop(): Promise<void> {
    const crash = this.#crash;
    this.#crash = undefined;
    this.#sold = [];
    await crash?.stop();
  }
}

function resumesOf({ lives }: SaleReport): JobResult['resumes'] {
  return lives.slice(1).flatMap(life => {
    const [boot] = life;
    const started = life.find(({ point }) => point === 'flows started');
    const first = life.find(({ point }) => point.startsWith('after commit of update workflow'));
    if (!boot || !first) return [];
    return [{ flowsMs: Math.max(0, first.at - (started?.at ?? first.at)), processMs: first.at - boot.at }];
  });
}

export function append(file: string, result: JobResult): void {
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}
