/** What the tests of the billing nodes share: the connections, one node a case, and probes around each. */
import type { FlowNode } from '../harness/admin-api';
import type { Probes } from '../harness/probes';
import type { World } from '../harness/world';

type Properties = Record<string, unknown>;

/** Every setting is as short as it can be, so that a failing call fails at once. */
const short = { attemptSeconds: '1', totalSeconds: '2', retries: '0', tokenEnv: 'BILLING_TOKEN', templates: '{}' };

const connection = (id: string, properties: Properties = {}): FlowNode => ({
  ...{ id, type: 'billing-connection', name: '', provider: 'rest', baseUrl: '${BILLING_URL}', auth: 'bearer' },
  ...short,
  ...properties,
});

/** `ok` works; each of the others fails in its own way. */
export const connections: FlowNode[] = [
  connection('ok'),
  connection('refused', { tokenEnv: 'WRONG_TOKEN' }),
  connection('nobody', { baseUrl: 'http://127.0.0.1:9' }),
  connection('unset', { tokenEnv: 'NO_SUCH_VARIABLE' }),
  connection('broken', { templates: JSON.stringify({ answer: '{ "key": ' }) }),
];

/** How a call that a working connection makes can fail: what to switch on, and the code that Catch gets. */
export const failures = [
  { title: 'billing refuses the credentials', billing: 'refused', code: 'BILLING_AUTH' },
  { title: 'nobody listens at the address', billing: 'nobody', code: 'BILLING_NETWORK' },
  { title: 'the variable with the token is not set', billing: 'unset', code: 'INPUT_MISSING' },
  { title: 'a template does not compile', billing: 'broken', code: 'BILLING_TEMPLATE' },
  { title: 'billing fails', billing: 'ok', fault: { kind: 'status', status: 503 }, code: 'BILLING_SERVER' },
  { title: 'billing refuses the values', billing: 'ok', fault: { kind: 'status', status: 400 }, code: 'BILLING_INPUT' },
  { title: 'billing asks to slow down', billing: 'ok', fault: { kind: 'rate' }, code: 'BILLING_RATE' },
  { title: 'billing does not answer in time', billing: 'ok', fault: { kind: 'hold' }, code: 'BILLING_TIMEOUT' },
  { title: 'billing hangs up', billing: 'ok', fault: { kind: 'reset-before' }, code: 'BILLING_NETWORK' },
  { title: 'billing cuts its answer short', billing: 'ok', fault: { kind: 'cut-json' }, code: 'BILLING_BAD_RESPONSE' },
  {
    title: 'a proxy answers with a page',
    billing: 'ok',
    fault: { kind: 'html', status: 200 },
    code: 'BILLING_BAD_RESPONSE',
  },
] as const;

/** A node under test for each entry, by its id. */
export function nodesOf(type: string, cases: Record<string, Properties>): FlowNode[] {
  return Object.entries(cases).map(([id, properties]) => ({
    ...{ id, type, z: 'tab', name: '', billing: 'ok', x: 300, y: 100, wires: [[], []] },
    ...properties,
  }));
}

/** One node for every way to fail, called after its title. */
export const failingNodes = (type: string, properties: Properties = {}): FlowNode[] =>
  nodesOf(
    type,
    Object.fromEntries(failures.map(({ title, billing }) => [title.replaceAll(' ', '-'), { ...properties, billing }])),
  );

/** Nodes of one type in a running Node-RED beside the billing simulator. */
export class BillingBench {
  private constructor(
    readonly world: World,
    private readonly flows: FlowNode[],
  ) {}

  /** `beside` are further nodes of the flow; `extra` adds what they need to be driven and watched. */
  static async start(
    world: World,
    nodes: FlowNode[],
    beside: FlowNode[] = [],
    extra: (probes: Probes) => void = () => undefined,
  ): Promise<BillingBench> {
    const barrier = { id: 'barrier', type: 'change', z: 'tab', rules: [], x: 100, y: 100, wires: [[]] };
    const flows = [{ id: 'tab', type: 'tab', label: 'nodes under test' }, ...connections, ...nodes, ...beside, barrier];
    const probes = world.probes(flows).drive('barrier', 'barrier').watch('barrier', 'barrier');
    for (const { id, wires } of nodes) {
      probes.drive(id, id).catches(`${id} error`, 'tab', [id]).completes(`${id} complete`, id);
      probes.statuses(`${id} status`, id);
      for (const output of (wires ?? []).keys()) probes.watch(`${id} ${output}`, id, output);
    }
    extra(probes);
    const bench = new BillingBench(world, probes.done());
    await bench.deploy();
    return bench;
  }

  deploy(): Promise<void> {
    return this.world.deploy(this.flows);
  }

  /** Sends a message and gives what leaves the output. */
  async answer(id: string, message: Properties, output = 0): Promise<Properties> {
    const before = this.world.messages(`${id} ${output}`).length;
    await this.world.inject(id, message);
    return this.world.message(`${id} ${output}`, before + 1);
  }

  /** Sends a message and gives the error that Catch gets. */
  async error(id: string, message: Properties): Promise<{ code: string; message: string; cause: Properties }> {
    const before = this.world.messages(`${id} error`).length;
    await this.world.inject(id, message);
    const caught = await this.world.message(`${id} error`, before + 1);
    return caught.error as { code: string; message: string; cause: Properties };
  }

  /** How often the node completed, failed and sent so far, once everything under way in Node-RED has arrived. */
  async tally(id: string): Promise<{ complete: number; error: number; sent: number }> {
    const before = this.world.messages('barrier').length;
    await this.world.inject('barrier');
    await this.world.message('barrier', before + 1);
    const count = (name: string) => this.world.messages(`${id} ${name}`).length;
    return { complete: count('complete'), error: count('error'), sent: count('0') + count('1') };
  }

  /** Texts that the node's status showed, in order. */
  statuses(id: string): unknown[] {
    return this.world.messages(`${id} status`).map(({ status }) => (status as { text?: string }).text);
  }
}
