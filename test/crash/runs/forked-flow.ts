/** A durable run that forks: an add-on is bought on one branch while another one goes through the mapping; a core join, then
 *  another add-on, the subscription in billing, and it is suspended through a link call in WAP and through a subflow in
 *  billing. The branches come to the join in one order when their calls are made, and in the other one when the journal
 *  answers. */
import type { FlowNode } from '../../harness/admin-api';
import { example } from '../../harness/examples';
import type { World } from '../../harness/world';
import { accountOf, subscriptionOf } from './tenants-flow';

/** Each may be bought often, so that a purchase that was made twice shows. */
export function seedForkedCatalogue({ wap, billing }: World): void {
  const addOns = ['extra', 'more'];
  const link = { AddOnInstanceId: null, AcquisitionTime: null };
  wap.seed({
    addons: addOns.map(Id => ({ Id, DisplayName: Id, State: 1, MaxOccurrencesPerPlan: 9 })),
    plans: [
      { Id: 'gold', DisplayName: 'gold', State: 1, AddOnReferences: addOns.map(AddOnId => ({ ...link, AddOnId })) },
    ],
  });
  const offer = (key: string, kind: 'plan' | 'addon') => ({ key, name: key, kind, state: 'active' as const });
  billing.seed({ offers: [offer('gold', 'plan'), ...addOns.map(key => offer(key, 'addon'))] });
}

const z = 'forked';
const configuration = ['wap-connection', 'billing-connection', 'billing-state'];

export function forkedFlows(): FlowNode[] {
  const shared = example('03 - Daily').flows.filter(({ type }) => configuration.includes(type));
  const idOf = (type: string) => shared.find(node => node.type === type)?.id;
  const [connection, billing, state] = configuration.map(idOf);
  const node = (id: string, type: string, wires: string[][], properties: object = {}): FlowNode => ({
    ...{ id, type, z, name: '', x: 200, y: 100, connection, billing, state, wires, ...properties },
  });
  const buy = (id: string, addOnId: string, next: string) =>
    node(id, 'wap-subscription', [[next], [], []], { operation: 'addOnAdd', addOnId, addOnIdType: 'str' });
  const look = (id: string, next: string) =>
    node(id, 'mapping-store', [[next], []], { operation: 'get', mappingKind: 'plan', mappingKindType: 'str', ...gold });
  const branch = (name: string) =>
    node(`is ${name}`, 'function', [['join']], { func: `msg.branch = '${name}'; return msg;` });
  const join = { mode: 'custom', build: 'object', property: 'branch', key: 'branch', count: '2', joiner: '' };
  const bootstrap = { mode: 'bootstrap', dryRun: false };
  return [
    { id: z, type: 'tab', label: z },
    ...shared,
    node('run', 'wap-workflow-start', [['buy', 'look 1'], [], []], { workflowName: z }),
    buy('buy', 'extra', 'is left'),
    look('look 1', 'look 2'),
    look('look 2', 'pair'),
    node('pair', 'mapping-store', [['is right'], []], { operation: 'put', ...pair }),
    branch('left'),
    branch('right'),
    node('join', 'join', [['buy more']], { ...join, propertyType: 'msg' }),
    buy('buy more', 'more', 'bill'),
    node('bill', 'billing-subscription', [['call'], [], []], { operation: 'create' }),
    node('call', 'link call', [['in billing']], { links: ['suspending'], linkType: 'static', timeout: '30' }),
    node('in billing', 'subflow:part', [['last']]),
    node('last', 'mapping-store', [['end'], []], { operation: 'put', ...pair, ...gone }),
    node('end', 'wap-workflow-end', [[]]),

    node('suspending', 'link in', [['suspend']], { links: ['call'] }),
    node('suspend', 'wap-subscription', [['back'], [], []], { operation: 'suspend' }),
    node('back', 'link out', [[]], { mode: 'return', links: [] }),

    {
      ...{ id: 'part', type: 'subflow', name: 'part', info: '', env: [] },
      in: [{ x: 50, y: 30, wires: [{ id: 'suspend billed' }] }],
      out: [{ x: 300, y: 30, wires: [{ id: 'suspend billed', port: 0 }] }],
    },
    { ...node('suspend billed', 'billing-subscription', [[], [], []], { operation: 'suspend' }), z: 'part' },
    node('bootstrap', 'billing-reconcile', [[], []], bootstrap),
  ];
}

const gold = { wapId: 'gold', wapIdType: 'str' };
const pair = {
  ...{ mappingKind: 'account', mappingKindType: 'str', wapId: 'account', wapIdType: 'msg' },
  ...{ billingId: 'topic', billingIdType: 'msg', mappingName: '', mappingNameType: 'str', replace: true },
};
const gone = { billingId: 'billing.subscription.remoteId', billingIdType: 'msg' };

/** Sentences about what is wrong in WAP and billing; empty when all is right. */
export function wrongForked({ wap, billing }: World, number: number): string[] {
  const wrong: string[] = [];
  const id = subscriptionOf(number);
  const inWap = wap.state.subscriptions.find(({ SubscriptionID }) => SubscriptionID === id);
  const bought = (inWap?.AddOnReferences ?? []).map(({ AddOnId }) => AddOnId).sort();
  if (bought.join() !== 'extra,more') wrong.push(`bought: ${bought.join() || 'nothing'}`);
  const told = wap.state.events.filter(
    ({ feed, EntityParentId }) => feed === 'subscriptionAddons' && EntityParentId === id,
  );
  if (told.length !== 2) wrong.push(`WAP told of ${told.length} purchases`);
  if (inWap?.State !== 2) wrong.push(`WAP has the state ${inWap?.State}`);
  const billed = billing.state.subscriptions.filter(({ key }) => key.startsWith(id));
  const steps = billed.map(({ key, history }) => `${key} ${history.map(({ step }) => step).join(' ')}`);
  if (steps.join() !== `${id} created suspended`) wrong.push(`billing did ${steps.join()}`);
  return wrong;
}

export function wrongForkedMapping(
  { billing }: World,
  number: number,
  entries: Array<Record<string, unknown>>,
): string[] {
  const billed = billing.state.subscriptions.find(({ key }) => key === subscriptionOf(number));
  const mine = entries.filter(({ wapId }) => wapId === accountOf(number));
  const isRight = mine.length === 1 && mine[0]?.billingId === billed?.id;
  return isRight ? [] : [`the mapping holds ${JSON.stringify(mine)}, billing has ${billed?.id}`];
}
