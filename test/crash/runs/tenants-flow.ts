/** A tenant's subscription through a durable run: billed, an add-on bought and billed, suspended, activated and moved to
 *  another plan, each in WAP and then in billing, and a pair of its own in the mapping. */
import type { FlowNode } from '../../harness/admin-api';
import { example } from '../../harness/examples';
import type { World } from '../../harness/world';

export const subscriptionOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
export const accountOf = (number: number): string => `tenant-${number}@crash.example`;

export const tenantOrder = (number: number) => ({
  topic: `Tenant ${number}`,
  wap: { subscription: { SubscriptionID: subscriptionOf(number) } },
  account: accountOf(number),
});

/** What can be bought, in WAP and on sale in billing under the same keys. The add-on may be bought often, so that a purchase
 *  that was made twice shows. */
export function seedCatalogue({ wap, billing }: World): void {
  const link = { AddOnId: 'extra', AddOnInstanceId: null, AcquisitionTime: null };
  wap.seed({
    addons: [{ Id: 'extra', DisplayName: 'Extra', State: 1, MaxOccurrencesPerPlan: 9 }],
    plans: ['gold', 'silver'].map(Id => ({ Id, DisplayName: Id, State: 1, AddOnReferences: [link] })),
  });
  const offer = (key: string, kind: 'plan' | 'addon') => ({ key, name: key, kind, state: 'active' as const });
  billing.seed({ offers: [offer('gold', 'plan'), offer('silver', 'plan'), offer('extra', 'addon')] });
}

export function seedTenant({ wap }: World, number: number): void {
  const SubscriptionID = subscriptionOf(number);
  wap.seed({ subscriptions: [{ SubscriptionID, PlanId: 'gold', AccountAdminLiveEmailId: accountOf(number) }] });
}

const z = 'tenants';
const configuration = ['wap-connection', 'billing-connection', 'billing-state'];

/** The flow as deployed; `bootstrap` maps the catalogue and is no part of the run. */
export function tenantFlows(): FlowNode[] {
  const shared = example('03 - Daily').flows.filter(({ type }) => configuration.includes(type));
  const idOf = (type: string) => shared.find(node => node.type === type)?.id;
  const [connection, billing, state] = configuration.map(idOf);
  const steps: Array<[id: string, type: string, properties: object]> = [
    ['run', 'wap-workflow-start', { state, workflowName: 'tenants' }],
    ['bill', 'billing-subscription', { operation: 'create' }],
    ['buy', 'wap-subscription', { operation: 'addOnAdd', addOnId: 'extra', addOnIdType: 'str' }],
    ['bill-addon', 'billing-subscription', { operation: 'create', ...instance }],
    ['suspend', 'wap-subscription', { operation: 'suspend' }],
    ['bill-suspend', 'billing-subscription', { operation: 'suspend' }],
    ['activate', 'wap-subscription', { operation: 'activate' }],
    ['bill-resume', 'billing-subscription', { operation: 'resume' }],
    ['migrate', 'wap-subscription', { operation: 'migrate', targetPlanId: 'silver', targetPlanIdType: 'str' }],
    ['bill-plan', 'billing-subscription', { operation: 'changePlan' }],
    ['map', 'mapping-store', { operation: 'put', ...pair }],
    ['end', 'wap-workflow-end', {}],
  ];
  const row = steps.map(([id, type, properties], index): FlowNode => {
    const next = steps[index + 1]?.[0];
    const wires = next ? [[next], [], []] : [[]];
    return { id, type, z, name: '', x: 200 * index, y: 100, connection, billing, state, wires, ...properties };
  });
  const bootstrap = { mode: 'bootstrap', dryRun: false, connection, billing, state, wires: [[], []] };
  return [
    { id: z, type: 'tab', label: 'tenants' },
    ...shared,
    ...row,
    { id: 'bootstrap', type: 'billing-reconcile', z, name: '', x: 200, y: 300, ...bootstrap },
  ];
}

const instance = {
  subscriptionId: `wap.subscription.SubscriptionID & '.' & payload.AddOnInstanceId`,
  subscriptionIdType: 'jsonata',
};

const pair = {
  ...{ mappingKind: 'account', mappingKindType: 'str', wapId: 'account', wapIdType: 'msg' },
  ...{ billingId: 'billing.subscription.remoteId', billingIdType: 'msg', mappingName: '', mappingNameType: 'str' },
};
