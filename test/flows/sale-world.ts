/** The shipped examples in a real Node-RED between both simulators, with what a test asks about a sale. */
import type { PlanOrAddOn } from '../../lib/wap/types';
import type { RunDescription } from '../../lib/workflow/describe';
import type { SimulatedOffer } from '../../simulator/billing/options';
import type { FlowNode } from '../harness/admin-api';
import { example } from '../harness/examples';
import type { Probes } from '../harness/probes';
import type { Major } from '../harness/repository';
import { until } from '../harness/until';
import { startWorld, type World, type WorldOptions } from '../harness/world';

export type Kind = 'plan' | 'addon';

export interface SaleOptions extends Partial<WorldOptions> {
  /** Changes a node of the examples before they are deployed, e.g. how often a call is tried. */
  tune?: (node: FlowNode) => FlowNode;
  /** `false`: the examples as they are, without ways in and out. */
  probes?: boolean;
}

/** Quick enough for a test, slow enough that the wait is real. */
const pace = {
  WAP_POLL_SECONDS: '1',
  BILLING_CHECK_SECONDS: '0.2',
  BILLING_DEADLINE_MINUTES: '0.1',
};

/** Billing never shows what begins with "Stuck", but its clones. */
const rules = [{ pattern: /^Stuck[^(]*$/, delayMs: 'never' as const }];

export async function startSale(
  major: Major,
  names: string[],
  { tune = node => node, probes = true, ...options }: SaleOptions = {},
): Promise<SaleWorld> {
  const flows = merged(names.map(name => example(name).flows)).map(tune);
  const world = await startWorld({
    major,
    ...options,
    env: { ...pace, ...options.env },
    billing: { offerDelayMs: 300, rules, ...options.billing },
  });
  try {
    await world.deploy(probes ? observed(world, flows).done() : flows);
    return new SaleWorld(world, flows);
  } catch (error) {
    await world.nodeRed.stop(error);
    throw error;
  }
}

/** The examples with ways in and out: `order` into the start of the workflow, `ended`, `running`, `controlled`, and every failure
 *  of any tab under `caught`, with what the flow says of it under `told`, what a question would send by e-mail under `asked`. The state file is locked while Node-RED runs, so the mapping is read through a node. */
function observed(world: World, flows: FlowNode[]): Probes {
  const idOf = (type: string) => flows.find(node => node.type === type)?.id;
  const list: FlowNode[] = [
    { id: 'watching', type: 'tab', label: 'watching' },
    {
      ...{ id: 'list', type: 'mapping-store', z: 'watching', x: 100, y: 100, operation: 'list', limit: '1000' },
      ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
      ...{ mappingKind: '', mappingKindType: 'str', wires: [[], []] },
    },
  ];
  const probes = world
    .probes([...flows, ...list])
    .drive('list', 'list')
    .watch('listed', 'list');
  for (const { id } of flows.filter(({ type }) => type === 'tab')) probes.catches('caught', id);
  const start = idOf('wap-workflow-start');
  if (start) probes.drive('order', start).watch('running', start, 1).watch('controlled', start, 2);
  for (const { id } of flows.filter(({ type }) => type === 'wap-workflow-end')) probes.watch('ended', id);
  const shown = new Set(flows.filter(({ complete }) => complete === 'error.message').map(({ id }) => id));
  for (const { id, type, wires } of flows)
    if (type !== 'catch' && wires?.flat().some(to => shown.has(to))) probes.watch('told', id);
  for (const { id, wires } of flows.filter(({ type }) => type === 'wap-workflow-wait'))
    probes.watch('asked', id, (wires as string[][]).length - 1);
  return probes;
}

export class SaleWorld {
  #drawn: FlowNode[];
  constructor(
    readonly world: World,
    drawn: FlowNode[],
  ) {
    this.#drawn = drawn;
  }

  readonly until = until;
  #turn: Promise<unknown> = Promise.resolve();

  get flows(): FlowNode[] {
    return this.#drawn;
  }

  /** Deploys these instead, with the same ways in and out. */
  async draw(flows: FlowNode[]): Promise<void> {
    await this.world.deploy(observed(this.world, flows).done());
    this.#drawn = flows;
  }

  press(button: string): Promise<void> {
    const node = this.flows.find(({ type, name }) => type === 'inject' && name === button);
    if (!node) throw new Error(`no inject node "${button}" in the examples`);
    return this.world.nodeRed.inject(node.id);
  }

  /** Orders a plan as the inject nodes do, under a name of its own, which is the run's key too. */
  order(name: string, kind: Kind = 'plan', price = '4.90 EUR per month'): Promise<void> {
    const edition = {
      ...{ displayName: 'Default', groupName: 'Default', resourceCount: '2', resourceSize: '256' },
      ...{ resourceSizeLimit: '256', offerEditionId: '020415093312', groupType: null },
    };
    const quotas = { sqlservers: { Editions: [edition] } };
    const order = { kind, name, description: 'Two databases', price, quotas };
    return this.world.inject('order', { topic: name, order });
  }

  /** Sends a word such as `resume` to the start of the workflow and gives what it answers. */
  control(control: string, run?: string): Promise<unknown> {
    return this.#inTurn(async () => {
      const count = this.world.messages('controlled').length;
      await this.world.inject('order', { control, run });
      return (await this.world.message('controlled', count + 1)).payload;
    });
  }

  async run(key: string): Promise<RunDescription | undefined> {
    const runs = (await this.control('list')) as RunDescription[];
    return runs.find(run => run.key === key);
  }

  plans(kind: Kind): PlanOrAddOn[] {
    const { plans, addons } = this.world.wap.state;
    return kind === 'plan' ? plans : addons;
  }

  plan(kind: Kind, name: string): PlanOrAddOn | undefined {
    return this.plans(kind).find(({ DisplayName }) => DisplayName === name);
  }

  /** The plan of this name and its clones, as WAP has them. */
  family(kind: Kind, name: string): PlanOrAddOn[] {
    return this.plans(kind).filter(({ DisplayName: is }) => is === name || is.startsWith(`${name} (r`));
  }

  published(kind: Kind, name: string): Promise<PlanOrAddOn> {
    return until(
      `${name} is public`,
      () => {
        const plan = this.plan(kind, name);
        return plan?.State === 1 ? plan : undefined;
      },
      45_000,
    );
  }

  offer(name: string): SimulatedOffer | undefined {
    return this.world.billing.state.offers.find(offer => offer.name === name);
  }

  /** WAP id → billing id. */
  async mapped(kind: Kind | 'subscription'): Promise<Record<string, string>> {
    const payload = await this.#inTurn(async () => {
      const count = this.world.messages('listed').length;
      await this.world.inject('list');
      return (await this.world.message('listed', count + 1)).payload;
    });
    const entries = payload as Array<{ kind: string; wapId: string; billingId: string }>;
    return Object.fromEntries(
      entries.filter(entry => entry.kind === kind).map(entry => [entry.wapId, entry.billingId]),
    );
  }

  stop(): Promise<void> {
    return this.world.stop();
  }

  /** One question after the other, so that each gets its own answer. */
  #inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.#turn.then(ask);
    this.#turn = answer.catch(() => undefined);
    return answer;
  }
}

/** Examples share their configuration nodes, as the editor does on import. */
export function merged(flows: FlowNode[][]): FlowNode[] {
  return [...new Map(flows.flat().map(node => [node.id, node])).values()];
}
