/** The shipped examples as an operations team changes them in the editor, and what their tests ask. */

import type { OverviewAnswer } from '../../lib/desk/overview';
import type { Page } from '../../lib/desk/page';
import type { QuestionLine } from '../../lib/desk/questions';
import type { RunLine } from '../../lib/desk/runs';
import { acquireStore } from '../../lib/state/open';
import { statement } from '../../lib/state/port';
import { meterRecords } from '../../lib/usage/meter/meter';
import { readRules } from '../../lib/usage/meter/read-rules';
import { readyRules } from '../../lib/usage/meter/ready-rules';
import { RuleBook } from '../../lib/usage/meter/rule';
import type { BillingSimulator } from '../../simulator/billing/options';
import { startBillingSimulator } from '../../simulator/billing/server';
import type { WapSimulator } from '../../simulator/wap/options';
import { startWapSimulator } from '../../simulator/wap/server';
import type { FlowNode } from '../harness/admin-api';
import { example } from '../harness/examples';
import type { World } from '../harness/world';
import { merged } from './sale-world';

type Properties = Record<string, unknown>;
type Part = Properties & { type: string; name: string };

/** Examples side by side, to be changed as in the editor. Nodes are called by their name, or by their type where only one has it. */
export class Drawing {
  #drawn: FlowNode[];
  private constructor(drawn: FlowNode[]) {
    this.#drawn = drawn;
  }

  static of(...names: string[]): Drawing {
    return new Drawing(merged(names.map(name => example(name).flows)));
  }

  get nodes(): FlowNode[] {
    return this.#drawn;
  }

  the(what: string): FlowNode {
    const fitting = (property: string) => this.#drawn.filter(node => node[property] === what && node.type !== 'group');
    const found = [fitting('id'), fitting('name'), fitting('label'), fitting('type')].find(({ length }) => length > 0);
    const [only, ...others] = found ?? [];
    if (!only || others.length > 0) throw new Error(`${found?.length ?? 0} nodes are called "${what}"`);
    return only;
  }

  set(what: string, properties: Properties): this {
    const changed = this.the(what);
    this.#drawn = this.#drawn.map(node => (node === changed ? { ...node, ...properties } : node));
    return this;
  }

  /** Sets properties of every node for which they are given. */
  each(change: (node: FlowNode) => Properties | undefined): this {
    this.#drawn = this.#drawn.map(node => ({ ...node, ...change(node) }));
    return this;
  }

  /** Beside the node `beside`, unwired. Its name is its id too. */
  add(beside: string, { type, name, ...more }: Part): this {
    const z = String(this.the(beside).z);
    this.#drawn = [...this.#drawn, { id: name, type, z, name, x: 100, y: 700, wires: [[]], ...more }];
    return this;
  }

  /** Nodes that are not on a tab, such as tabs and configuration. */
  include(...nodes: FlowNode[]): this {
    this.#drawn = [...this.#drawn, ...nodes];
    return this;
  }

  /** From an output (0 is the first) to these and no others. */
  wire(from: string, to: string[], output = 0): this {
    const wires = [...(this.the(from).wires ?? [])];
    while (wires.length <= output) wires.push([]);
    wires[output] = to.map(name => this.the(name).id);
    return this.set(from, { wires });
  }

  /** Drops a node on the wire behind an output. */
  insert(behind: string, part: Part, output = 0): this {
    const after = this.the(behind).wires?.[output] ?? [];
    return this.add(behind, { ...part, wires: [after] }).wire(behind, [part.name], output);
  }

  /** Makes the steps a subflow, as "Selection to Subflow" does: from the first to the first output of the last. */
  enclose(name: string, steps: string[]): this {
    const ids = steps.map(step => this.the(step).id);
    const [first = '', last = ''] = [ids[0], ids.at(-1)];
    this.#drawn = this.#drawn.map(node => (ids.includes(node.id) ? { ...node, z: name, g: undefined } : node));
    this.set(last, { wires: [[]] });
    return this.include({
      ...{ id: name, type: 'subflow', name, in: [{ x: 40, y: 40, wires: [{ id: first }] }] },
      out: [{ x: 400, y: 40, wires: [{ id: last, port: 0 }] }],
    });
  }

  /** What copy and paste of a tab gives: every node of it anew, on the same configuration. `of` changes the copies. */
  copy(tab: string, of: (node: FlowNode) => Properties): this {
    const { id } = this.the(tab);
    const mine = this.#drawn.filter(node => node.id === id || node.z === id);
    const anew = (old: string) => (mine.some(node => node.id === old) ? `${old} copy` : old);
    const copies = mine.map(node => ({ ...(renamed(node, anew) as FlowNode), ...of(node) }));
    return this.include(...copies);
  }
}

/** Every id in a node, wherever it is. */
function renamed(value: unknown, anew: (id: string) => string): unknown {
  if (typeof value === 'string') return anew(value);
  if (Array.isArray(value)) return value.map(each => renamed(each, anew));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, anew)]));
}

/** A change node that sets properties by JSONata, or deletes them. */
export const change = (name: string, rules: Record<string, string | null>): Part => ({
  ...{ type: 'change', name },
  rules: Object.entries(rules).map(([p, to]) =>
    to === null ? { t: 'delete', p, pt: 'msg' } : { t: 'set', p, pt: 'msg', to, tot: 'jsonata' },
  ),
});

/** A switch node by a JSONata expression: true to the first output, else to the second. */
export const either = (name: string, property: string): Part => ({
  ...{ type: 'switch', name, property, propertyType: 'jsonata', rules: [{ t: 'true' }, { t: 'else' }] },
  ...{ checkall: 'true', repair: false, outputs: 2, wires: [[], []] },
});

const rows = {
  runs: statement<{ name: string; run_key: string; state: string }>('SELECT name, run_key, state FROM workflow'),
  openSteps: statement<{ label: string }>(
    `SELECT label FROM step JOIN workflow ON workflow.id = run_id WHERE step.state <> 'done' AND workflow.state = 'completed'`,
  ),
  mapping: statement<{ installation: string; target: string; kind: string; wap_id: string; billing_id: string }>(
    'SELECT installation, target, kind, wap_id, billing_id FROM mapping',
  ),
  usage: statement<{ delivered: number }>('SELECT delivered FROM usage_stream'),
  openUsage: statement<{ status: string }>(
    `SELECT status FROM usage_slice WHERE status <> 'settled' UNION ALL
      SELECT status FROM usage_exception WHERE status <> 'duplicate'`,
  ),
};

/** What the state file holds. Node-RED must not run. */
export async function stored(world: World) {
  const { store, release } = await acquireStore(world.stateFile, world.nodeRed.userDir);
  try {
    return await store.transaction(async tx => ({
      runs: (await tx.rows(rows.runs)).map(({ name, run_key, state }) => `${name}, ${run_key}: ${state}`).sort(),
      openSteps: (await tx.rows(rows.openSteps)).map(({ label }) => label),
      mapping: await tx.rows(rows.mapping),
      /** The highest id of each reader up to which all is settled, and what is not or went wrong. */
      delivered: (await tx.rows(rows.usage)).map(({ delivered }) => Number(delivered)),
      openUsage: await tx.rows(rows.openUsage),
    }));
  } finally {
    await release();
  }
}

/** kill -9 while something is held back, which happens when Node-RED runs again. */
export async function killed(world: World, ...held: Array<{ remove(): void }>): Promise<void> {
  await world.nodeRed.kill9();
  for (const each of held) each.remove();
  await world.nodeRed.start();
}

/** Runs, and what they ask people, as the sidebar shows and answers it. */
export class Desk {
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }

  /** The state of each run of this key or these words in it, by `workflow, key`. */
  async runs(text: string): Promise<Record<string, string>> {
    const rows = await this.#rows<RunLine>('runs', { text });
    return Object.fromEntries(rows.map(({ workflow, key, state }) => [`${workflow}, ${key}`, state]));
  }

  /** How many records of feeds are not settled. */
  async unsettled(): Promise<number> {
    const answer = await fetch(`${await this.#desk()}/overview`);
    const { feeds } = (await answer.json()) as OverviewAnswer;
    return feeds.reduce((sum, { live }) => sum + (live ? live.open + live.waiting : 0), 0);
  }

  questions(): Promise<QuestionLine[]> {
    return this.#rows('questions', {});
  }

  /** Of the run of this key, as soon as it is asked. */
  asked(key: string): Promise<QuestionLine> {
    return this.#world.until(`${key} is asked`, async () => (await this.questions()).find(row => row.key === key));
  }

  /** @returns the HTTP status */
  async answer(id: string, choice: string, values: Properties = {}): Promise<number> {
    const body = JSON.stringify({ id, choice, values, note: '', by: 'anna' });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${await this.#desk()}/answerQuestion`, { method: 'POST', headers, body })).status;
  }

  async #rows<Row>(question: string, asked: Record<string, string>): Promise<Row[]> {
    const answer = await fetch(`${await this.#desk()}/${question}?${new URLSearchParams({ ...asked, limit: '100' })}`);
    return ((await answer.json()) as Page<Row>).rows;
  }

  async #desk(): Promise<string> {
    const desk = `${this.#world.nodeRed.url}/wap-billing/desk`;
    const [state] = (await (await fetch(desk)).json()) as Array<{ id: string }>;
    return `${desk}/${state?.id}`;
  }
}

/** The second ones of each kind, and what tells Node-RED where they are. */
export async function startSecond(): Promise<Second> {
  const wap = await startWapSimulator({ ports: 0, quotaSyncMs: 0 });
  const billing = await startBillingSimulator({ port: 0, offerDelayMs: 0 });
  const { user, password, usageUser, usagePassword } = wap.credentials;
  const env = {
    ...{ WAP2_ADMIN_URL: wap.adminUrl, WAP2_USAGE_URL: wap.usageUrl, WAP2_STS_URL: wap.stsUrl },
    ...{ WAP2_USER: user, WAP2_PASSWORD: password, WAP2_USAGE_USER: usageUser, WAP2_USAGE_PASSWORD: usagePassword },
    ...{ BILLING2_URL: billing.url, BILLING2_TOKEN: billing.token },
  };
  const stop = async () => {
    await Promise.all([wap.close(), billing.close()]);
  };
  return { wap, billing, env, stop };
}

export interface Second {
  wap: WapSimulator;
  billing: BillingSimulator;
  env: Record<string, string>;
  stop(): Promise<void>;
}

const book = new RuleBook(readRules(readyRules));

/** What a WAP's records come to, by the rules that ship. */
export const quantitiesOf = (wap: WapSimulator, installation: string) =>
  meterRecords([...wap.expectedUsage({ withoutDuplicates: true })], book, { installation, feed: 'usage' }).quantities;

/** One line for each entry of a ledger, or for each quantity with its subscription in billing. */
export const usageLines = (entries: ReadonlyArray<{ id: string } & Properties>) =>
  entries.map(({ id, subscription, meter, quantity }) => [id, subscription, meter, quantity].join(' ')).sort();

/** A tab whose button "map all" maps subscriptions: connections and what is mapped between them. */
export function mapper(drawing: Drawing, pairs: Array<{ wap: string; billing: string; of: Record<string, string> }>) {
  const z = 'helping';
  const place = { z, x: 100, y: 100 };
  const maps = pairs.map(({ wap, billing }) => ({
    ...{ id: `map ${wap} ${billing}`, type: 'mapping-store', ...place, operation: 'put', limit: '100' },
    ...{ connection: drawing.the(wap).id, billing: drawing.the(billing).id, state: drawing.the('billing-state').id },
    ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg', wires: [[], []] },
    ...{ billingId: 'billingId', billingIdType: 'msg', mappingName: '', mappingNameType: 'str' },
  }));
  const messages = pairs.map(({ of }) => Object.entries(of).map(([wapId, billingId]) => ({ wapId, billingId })));
  return drawing.include(
    { id: z, type: 'tab', label: z },
    { id: 'map all', type: 'inject', name: 'map all', ...place, props: [], wires: [['to each']] },
    {
      ...{ id: 'to each', type: 'function', ...place, func: `return ${JSON.stringify(messages)};` },
      ...{ outputs: maps.length, wires: maps.map(({ id }) => [id]) },
    },
    ...maps,
  );
}
