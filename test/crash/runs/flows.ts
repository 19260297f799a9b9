/** The shipped durable examples and the run of a tenant, with a notification right before the end of the workflow and probes
 *  around it. */
import type { FlowNode } from '../../harness/admin-api';
import { example } from '../../harness/examples';
import type { Probes } from '../../harness/probes';
import type { World } from '../../harness/world';
import { askedFlows } from './asked-flow';
import { eachFlows, eachOrder } from './each-flow';
import { forkedFlows, seedForkedCatalogue } from './forked-flow';
import { joinedFlows } from './joined-flow';
import { seedCatalogue, seedTenant, tenantFlows, tenantOrder } from './tenants-flow';

/** What is run again and again; `tenants`, `forked` and `joined` sell no plan, they do what a tenant has; `asked` waits for somebody; `each` has
 *  runs of another workflow. */
export type Sale = 'daily' | 'clone' | 'tenants' | 'forked' | 'joined' | 'asked' | 'each';

interface SaleFlow {
  flows(): FlowNode[];
  start: string;
  /** The last step, and the end it leads to. */
  last: string;
  end: string;
  /** Another value for the step that every pass does first. */
  edit: { type: string; values: Record<string, unknown> };
  order(number: number): Order;
  /** What must be there before the first one. */
  seed?(world: World): void;
  /** What must be there before the one of this number. */
  seedOne?(world: World, number: number): void;
  /** A node that is sent one message before the first one. */
  prepare?: string;
  /** The step that is meant to fail. */
  fails?: string;
  /** The workflow that it has runs of: its start and its end. */
  other?: { start: string; end: string };
}

/** The message that begins it; the topic is the key of the run. */
export interface Order extends Record<string, unknown> {
  topic: string;
}

const otherLanguage = { type: 'wap-plan-create', values: { language: 'de-de', languageType: 'str' } };
const otherDay = { type: 'billing-subscription', values: { changedAt: '2026-01-01T00:00:00Z', changedAtType: 'str' } };

/** `clone`: billing never shows the plan, so that it is cloned, the clone sold and the original deleted. */
export const saleFlows: Record<Sale, SaleFlow> = {
  daily: {
    flows: () => example('03 - Daily').flows,
    ...{ start: '4e809e36406c94ae', last: 'a10ec8190d453133', end: '9e2fc466d44747e6' },
    order: number => planOrder(`Bronze ${number}`),
    edit: otherLanguage,
  },
  clone: {
    flows: () => [...example('put a plan on sale').flows, ...example('the adapter').flows],
    ...{ start: '5ea896911c53bda1', last: 'ea232e3918bd9b34', end: '3e92c1a00955dad2' },
    order: number => planOrder(`Stuck ${number}`),
    edit: otherLanguage,
  },
  tenants: {
    flows: tenantFlows,
    ...{ start: 'run', last: 'map', end: 'end', prepare: 'bootstrap' },
    edit: otherDay,
    ...{ order: tenantOrder, seed: seedCatalogue, seedOne: seedTenant },
  },
  forked: {
    flows: forkedFlows,
    ...{ start: 'run', last: 'last', end: 'end', prepare: 'bootstrap' },
    edit: otherDay,
    ...{ order: tenantOrder, seed: seedForkedCatalogue, seedOne: seedTenant },
  },
  asked: {
    flows: askedFlows,
    ...{ start: 'run', last: 'publish', end: 'end' },
    order: number => planOrder(`Asked ${number}`),
    edit: otherLanguage,
  },
  each: {
    flows: eachFlows,
    ...{ start: 'run', last: 'last', end: 'end', fails: 'fails', other: { start: 'child', end: 'child end' } },
    order: eachOrder,
    edit: { type: 'wap-workflow-each', values: { workflowName: 'another' } },
  },
  joined: {
    flows: joinedFlows,
    ...{ start: 'run', last: 'last', end: 'end', prepare: 'bootstrap', fails: 'fails' },
    edit: otherDay,
    ...{ order: tenantOrder, seed: seedForkedCatalogue, seedOne: seedTenant },
  },
};

/** Catch got the failure that is meant to be. */
export const isMeant = (sale: Sale, { error }: Record<string, unknown>): boolean => {
  const { fails } = saleFlows[sale];
  return fails !== undefined && (error as { source?: { id?: unknown } } | undefined)?.source?.id === fails;
};

export const orderOf = (sale: Sale, number: number): Order => saleFlows[sale].order(number);

function planOrder(name: string): Order {
  const edition = {
    ...{ displayName: 'Default', groupName: 'Default', resourceCount: '2', resourceSize: '256' },
    ...{ resourceSizeLimit: '256', offerEditionId: '020415093312', groupType: null },
  };
  const quotas = { sqlservers: { Editions: [edition] } };
  return {
    topic: name,
    order: { kind: 'plan', name, description: 'Two databases', price: '4.90 EUR per month', quotas },
  };
}

/** The flows of a sale as deployed. Steps are tried again quickly. */
export function flowsOf(sale: Sale): FlowNode[] {
  const { flows, start } = saleFlows[sale];
  const once = [...new Map(flows().map(node => [node.id, node])).values()];
  return once.map(node => (node.id === start ? { ...node, firstDelaySeconds: '0.1', maxDelaySeconds: '1' } : node));
}

/** Adds the notification, ways to drive the start node, and what tells of the end and of failures. */
export function observed(world: World, sale: Sale, flows: FlowNode[]): FlowNode[] {
  const { start, last, end, prepare, other } = saleFlows[sale];
  const tabOf = (id: string) => flows.find(node => node.id === id)?.z ?? '';
  const tab = tabOf(start);
  const rewired = flows.map(node => (node.id === last ? { ...node, wires: [['notice']] } : node));
  const place = { z: tab, name: '', x: 100, y: 800 };
  const notice: FlowNode = {
    ...{ id: 'notice', type: 'function', ...place, outputs: 1, wires: [['notify']] },
    func: `msg.url = '${world.sink.url}/notified'; msg.payload = JSON.stringify({ order: Date.now(), msg: { key: msg.workflow.key } }); return msg;`,
  };
  const notify: FlowNode = { id: 'notify', type: 'http request', ...place, method: 'POST', ret: 'txt', wires: [[end]] };
  const idOf = (type: string) => flows.find(node => node.type === type)?.id;
  const list: FlowNode = {
    ...{ id: 'list', type: 'mapping-store', ...place, operation: 'list', limit: '1000', wires: [[], []] },
    ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
    ...{ mappingKind: '', mappingKindType: 'str' },
  };
  const probes: Probes = world
    .probes([...rewired, notice, notify, list])
    .drive('list', 'list')
    .watch('listed', 'list')
    .drive('start', start)
    .watch('already running', start, 1)
    .watch('controlled', start, 2)
    .watch('ended', end)
    .catches('caught', tab);
  if (prepare) probes.drive('prepare', prepare).watch('prepared', prepare);
  if (other) probes.drive('other', other.start).watch('other ended', other.end).catches('caught', tabOf(other.start));
  return probes.done();
}
