/** The shipped examples in a real Node-RED between both simulators, with what a test asks about a sale. */
import type { PlanOrAddOn } from '../../lib/wap/types';
import type { SimulatedOffer } from '../../simulator/billing/options';
import type { FlowNode } from '../harness/admin-api';
import { example } from '../harness/examples';
import type { Major } from '../harness/repository';
import { until } from '../harness/until';
import { startWorld, type World, type WorldOptions } from '../harness/world';

/** Quick enough for a test, slow enough that the wait is real. */
const pace = {
  WAP_POLL_SECONDS: '1',
  BILLING_CHECK_SECONDS: '0.2',
  BILLING_DEADLINE_MINUTES: '0.1',
};

export async function startSale(
  major: Major,
  names: string[],
  options: Partial<WorldOptions> = {},
): Promise<SaleWorld> {
  const flows = merged(names.map(name => example(name).flows));
  const world = await startWorld({
    major,
    ...options,
    env: { ...pace, ...options.env },
    billing: { offerDelayMs: 300, rules: [{ pattern: /^Stuck[^(]*$/, delayMs: 'never' }], ...options.billing },
  });
  const probes = world
    .probes([...flows, ...lister(flows)])
    .drive('list', 'list')
    .watch('listed', 'list');
  await world.deploy(probes.catches('unlisted', 'watching').done());
  return new SaleWorld(world, flows);
}

/** The state file is locked while Node-RED runs, so the mapping is read through a node. */
function lister(flows: FlowNode[]): FlowNode[] {
  const idOf = (type: string) => flows.find(node => node.type === type)?.id;
  return [
    { id: 'watching', type: 'tab', label: 'watching' },
    {
      ...{ id: 'list', type: 'mapping-store', z: 'watching', x: 100, y: 100, operation: 'list', limit: '1000' },
      ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
      ...{ mappingKind: '', mappingKindType: 'str', wires: [[], []] },
    },
  ];
}

export class SaleWorld {
  constructor(
    readonly world: World,
    readonly flows: FlowNode[],
  ) {}

  readonly until = until;

  press(button: string): Promise<void> {
    const node = this.flows.find(({ type, name }) => type === 'inject' && name === button);
    if (!node) throw new Error(`no inject node "${button}" in the examples`);
    return this.world.nodeRed.inject(node.id);
  }

  plan(kind: 'plan' | 'addon', name: string): PlanOrAddOn | undefined {
    const { plans, addons } = this.world.wap.state;
    return (kind === 'plan' ? plans : addons).find(({ DisplayName }) => DisplayName === name);
  }

  published(kind: 'plan' | 'addon', name: string): Promise<PlanOrAddOn> {
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
  async mapped(kind: 'plan' | 'addon'): Promise<Record<string, string>> {
    const count = this.world.messages('listed').length;
    await this.world.inject('list');
    const { payload } = await this.world.message('listed', count + 1);
    const entries = payload as Array<{ kind: string; wapId: string; billingId: string }>;
    return Object.fromEntries(
      entries.filter(entry => entry.kind === kind).map(entry => [entry.wapId, entry.billingId]),
    );
  }

  stop(): Promise<void> {
    return this.world.stop();
  }
}

/** Examples share their configuration nodes, as the editor does on import. */
function merged(flows: FlowNode[][]): FlowNode[] {
  return [...new Map(flows.flat().map(node => [node.id, node])).values()];
}
