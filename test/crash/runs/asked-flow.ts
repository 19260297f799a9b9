/** A durable run that asks somebody and waits for a time: the plan is made, somebody says its billing id (a function of the flow
 *  answers each question and each reminder as a script would), a moment later it is mapped and public. */
import type { FlowNode } from '../../harness/admin-api';
import { example } from '../../harness/examples';
import type { World } from '../../harness/world';

const z = 'asked';
const configuration = ['wap-connection', 'billing-connection', 'billing-state'];
const answer = `const { id, run } = msg.question;
return { answer: { question: id, run, choice: 'Yes', by: 'script', values: { billingId: 'by hand ' + run } } };`;
const field = { name: 'billingId', label: 'Billing id', kind: 'text', options: '', needed: 'first' };

export function askedFlows(): FlowNode[] {
  const shared = example('03 - Daily').flows.filter(({ type }) => configuration.includes(type));
  const idOf = (type: string) => shared.find(node => node.type === type)?.id;
  const [connection, billing, state] = configuration.map(idOf);
  const node = (id: string, type: string, wires: string[][], properties: object = {}): FlowNode => ({
    ...{ id, type, z, name: '', x: 200, y: 100, connection, billing, state, wires, ...properties },
  });
  const question = { choices: '[{"choice":"Yes"},{"choice":"No"}]', fields: JSON.stringify([field]), people: 'script' };
  const pair = {
    mappingKind: 'plan',
    mappingKindType: 'str',
    billingId: 'answer.values.billingId',
    billingIdType: 'msg',
  };
  return [
    { id: z, type: 'tab', label: z },
    ...shared,
    node('run', 'wap-workflow-start', [['create'], [], []], { workflowName: z }),
    node('create', 'wap-plan-create', [['ask']], {
      kind: 'plan',
      kindType: 'str',
      displayName: 'topic',
      displayNameType: 'msg',
    }),
    // A message of a function is lost with the process: the question comes again.
    node('ask', 'wap-workflow-wait', [['later'], [], [], ['answer']], {
      ...{ question: 'Is {{topic}} set up?', ...question, links: false, remindHours: '0.001' },
    }),
    node('answer', 'function', [['ask']], { func: answer, outputs: 1 }),
    node('later', 'wap-workflow-delay', [['pair']], {
      mode: 'for',
      duration: '0.3',
      durationType: 'num',
      unit: 'seconds',
    }),
    node('pair', 'mapping-store', [['publish'], []], { operation: 'put', ...pair, replace: true }),
    node('publish', 'wap-plan-publish', [['end']], { kind: 'plan', kindType: 'str', planState: 'public' }),
    node('end', 'wap-workflow-end', [[]], { result: 'answer', resultType: 'msg' }),
  ];
}

/** The plan is there once, and public. */
export function wrongAsked({ wap }: World, key: string): string[] {
  const mine = wap.state.plans.filter(({ DisplayName }) => DisplayName === key);
  const [plan] = mine;
  if (mine.length !== 1) return [`WAP has ${mine.length} plans`];
  return plan?.State === 1 ? [] : [`the plan has the state ${plan?.State}`];
}

/** It is mapped to what was answered. */
export function wrongAskedMapping({ wap }: World, key: string, entries: Array<Record<string, unknown>>): string[] {
  const plan = wap.state.plans.find(({ DisplayName }) => DisplayName === key);
  const mine = entries.filter(({ wapId }) => wapId === plan?.Id);
  const isRight = mine.length === 1 && mine[0]?.billingId === `by hand ${key}`;
  return isRight ? [] : [`mapped: ${JSON.stringify(mine)}`];
}
