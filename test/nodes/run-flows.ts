/** Runs as flows: what their tests wire. */
import type { FlowNode } from '../harness/admin-api';
import { connections } from './wap-world';

export type Properties = Record<string, unknown>;

export const state: FlowNode = { id: 'state', type: 'billing-state', name: '', address: 'wap-billing.sqlite' };
export const configuration: FlowNode[] = [
  ...connections.filter(({ id }) => id === 'ok'),
  state,
  {
    ...{ id: 'billing', type: 'billing-connection', name: '', provider: 'rest', baseUrl: '${BILLING_URL}', target: '' },
    ...{ auth: 'bearer', tokenEnv: 'BILLING_TOKEN', templates: '{}' },
  },
];

export const node = (z: string, name: string, type: string, wires: string[][], more: Properties = {}): FlowNode => ({
  ...{ id: `${z} ${name}`, type, z, name, x: 100, y: 100, wires: wires.map(to => to.map(id => `${z} ${id}`)), ...more },
});
export const start = (z: string, to: string[], more: Properties = {}) =>
  node(z, 'start', 'wap-workflow-start', [to, [], []], {
    ...{ state: 'state', workflowName: z, attempts: '1', firstDelaySeconds: '0', maxDelaySeconds: '0' },
    ...{ runKey: 'topic', runKeyType: 'msg', control: 'control', controlType: 'msg', run: 'run', runType: 'msg' },
    ...more,
  });
/** Fails at a name that is taken. */
export const create = (z: string, name: string, to: string[]) =>
  node(z, name, 'wap-plan-create', [to], { connection: 'ok', displayName: 'topic', displayNameType: 'msg' });
export const put = (z: string, name: string, to: string[]) =>
  node(z, name, 'mapping-store', [to, []], {
    ...{ connection: 'ok', billing: 'billing', state: 'state', operation: 'put', mappingKind: 'plan', replace: true },
    ...{ mappingKindType: 'str', billingId: 'topic', billingIdType: 'msg', wapId: 'topic', wapIdType: 'msg' },
    ...{ mappingName: 'topic', mappingNameType: 'msg' },
  });
export const code = (z: string, name: string, func: string, to: string[]) =>
  node(z, name, 'function', [to], { func, outputs: 1 });
/** A question with two answers, in the desk alone. */
export const question: Properties = {
  ...{ state: 'state', question: 'Go on with {{topic}}?', choices: '[{"choice":"Yes"},{"choice":"No"}]' },
  ...{ fields: '[]', people: '', deadlineHours: '', remindHours: '', links: false },
};
/** Asks, and goes on by one of two answers. */
export const wait = (z: string, to: { yes: string[]; no: string[] }, more: Properties = {}) =>
  node(z, 'wait', 'wap-workflow-wait', [to.yes, to.no, [], []], { ...question, ...more });
export const end = (z: string, more: Properties = {}) =>
  node(z, 'end', 'wap-workflow-end', [[]], { endState: 'completed', ...more });
