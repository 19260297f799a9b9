/** Many sales at once, each with one fault at one of its calls, and what became of them. */
import type { FlowNode } from '../harness/admin-api';
import type { Major } from '../harness/repository';
import { type FaultCase, nameOf, type PlannedFault, ruleOf, type Site, sitesOf } from './fault-sites';
import { neverRight, notSold } from './sale-checks';
import { type SaleWorld, startSale } from './sale-world';

export type Sale = 'clone' | 'daily';

export interface FaultReport extends FaultCase {
  /** How many requests the fault met. */
  hits: number;
  /** What Catch got of the sale, in order. */
  caught: string[];
  resumed: boolean;
  wrong: string[];
}

const limitMs = 90_000;
/** The plans of these sales never show in billing; their clones do. */
const lost = /^F\w{3}$/;

export class FaultWorld {
  readonly #prefix: string;
  #count = 0;

  private constructor(
    readonly sale: SaleWorld,
    prefix: string,
  ) {
    this.#prefix = prefix;
  }

  static async start(kind: Sale, major: Major): Promise<FaultWorld> {
    const names = kind === 'clone' ? ['put a plan on sale', 'the adapter'] : ['03 - Daily'];
    const sale = await startSale(major, names, {
      tune: quick,
      wap: { quotaSyncMs: 0 },
      billing: { offerDelayMs: 0, rules: [{ pattern: lost, delayMs: 'never' }] },
      env: { BILLING_DEADLINE_MINUTES: '0.3' },
    });
    return new FaultWorld(sale, kind === 'clone' ? 'F' : 'D');
  }

  stop(): Promise<void> {
    return this.sale.stop();
  }

  /** Sells two plans that nothing disturbs, and gives the calls of the first. */
  async sites(): Promise<Site[]> {
    const [first, second] = [this.#newName(), this.#newName()];
    this.sale.world.log.clear();
    await Promise.all([this.sale.order(first), this.sale.order(second)]);
    for (const name of [first, second]) await this.#settled(name, 0);
    await this.sale.until('the pairs are right', async () => (await notSold(this.sale, 'plan', first)).length === 0);
    return sitesOf(this.sale.world.log.entries(), first);
  }

  #newName(): string {
    this.#count += 1;
    return nameOf(this.#prefix, this.#count);
  }

  /** Sells a plan for each case at the same time. A sale that failed is resumed once its fault is over. */
  async play(planned: PlannedFault[]): Promise<FaultReport[]> {
    const cases = planned.map(each => ({ ...each, name: this.#newName() }));
    const { wap, billing, log } = this.sale.world;
    log.clear();
    if (cases.some(({ site }) => site.server === 'sts')) wap.revokeTokens();
    const faults = cases.map(each => {
      const own = each.site.server === 'billing' ? billing.faults : wap.faults;
      return own.add(ruleOf(each));
    });
    const reports: FaultReport[] = cases.map(each => ({ ...each, hits: 0, caught: [], resumed: false, wrong: [] }));
    await Promise.all(reports.map(({ name }) => this.sale.order(name)));
    const toTheEnd = async (report: FaultReport, index: number) => {
      const { name } = report;
      if ((await this.#settled(name, 0)) === 'ended') return;
      report.wrong.push(...neverRight(this.sale, 'plan', name), ...(await this.#notResumable(name)));
      faults[index]?.remove();
      report.resumed = true;
      await this.sale.control('resume', name);
      if ((await this.#settled(name, 1)) === 'failed') report.wrong.push('failed again after its fault was over');
    };
    await Promise.all(
      reports.map((report, index) => toTheEnd(report, index).catch(error => this.#stuck(report, error))),
    );
    for (const report of reports) report.wrong.push(...(await this.#inTheEnd(report.name)));
    // Only now: the adapter retires the offer of an original after its clone was sold.
    wap.faults.clear();
    billing.faults.clear();
    for (const [index, report] of reports.entries()) {
      report.hits = faults[index]?.hits ?? 0;
      report.caught = this.#caught(report.name);
    }
    return reports;
  }

  /** The codes that Catch got of this sale. */
  #caught(name: string): string[] {
    const mine = this.sale.world.messages('caught').filter(({ topic }) => topic === name);
    return mine.map(({ error }) => String((error as { code?: unknown }).code));
  }

  #settled(name: string, failures: number): Promise<'ended' | 'failed'> {
    const hasEnded = () => this.sale.world.messages('ended').some(({ topic }) => topic === name);
    const look = () => (hasEnded() ? 'ended' : this.#caught(name).length > failures && 'failed');
    return this.sale.until(`${name} ends or fails`, look, limitMs);
  }

  /** One sale that does not end must not hide what became of the others. */
  async #stuck(report: FaultReport, error: unknown): Promise<void> {
    const run = await this.sale.run(report.name).catch(String);
    report.wrong.push(`${error instanceof Error ? error.message : String(error)}; its run: ${JSON.stringify(run)}`);
  }

  async #notResumable(name: string): Promise<string[]> {
    const run = await this.sale.run(name);
    return run?.state === 'failed' && run.endedAt === null ? [] : [`the run is ${run?.state ?? 'not known'}`];
  }

  /** The adapter may still be behind the sale. */
  async #inTheEnd(name: string): Promise<string[]> {
    let wrong: string[] = [];
    const isRight = async () => {
      wrong = await notSold(this.sale, 'plan', name);
      return wrong.length === 0;
    };
    await this.sale.until(`${name} is right`, isRight, 15_000).catch(() => undefined);
    return wrong;
  }
}

/** As in the examples, but giving up and trying again sooner. */
function quick(node: FlowNode): FlowNode {
  if (node.type === 'wap-connection' || node.type === 'billing-connection')
    return { ...node, attemptSeconds: '1', totalSeconds: '4', retries: '1' };
  if (node.type === 'wap-workflow-start')
    return { ...node, attempts: '2', firstDelaySeconds: '0.1', maxDelaySeconds: '1' };
  if (node.type === 'wap-ack') return { ...node, retrySeconds: '1' };
  return node;
}
