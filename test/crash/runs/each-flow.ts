/** A durable run that has four runs of another workflow, two at once: each makes a plan in WAP, its offer in billing and their pair in the
 *  mapping, but the last one fails before its pair and goes along. The run that asks for them keeps what became of each. */
import { isDeepStrictEqual } from 'node:util';
import type { RunOutcome } from '../../../lib/workflow/sub-runs';
import type { FlowNode } from '../../harness/admin-api';
import { example } from '../../harness/examples';
import type { World } from '../../harness/world';
import type { SaleReport } from './world';

const z = 'each';
const child = 'each child';
const configuration = ['wap-connection', 'billing-connection', 'billing-state'];
const failing = 'd';
const namesOf = (key: string) => ['a', 'b', 'c', failing].map(letter => `${key} ${letter}`);
const fails = (name: string) => name.endsWith(` ${failing}`);
const stateOf = (name: string) => `${name} ${fails(name) ? 'failed' : 'completed'}`;

export const eachOrder = (number: number) => ({
  topic: `Each ${number}`,
  payload: namesOf(`Each ${number}`).map(name => ({ name })),
});

export function eachFlows(): FlowNode[] {
  const shared = example('03 - Daily').flows.filter(({ type }) => configuration.includes(type));
  const idOf = (type: string) => shared.find(node => node.type === type)?.id;
  const [connection, billing, state] = configuration.map(idOf);
  const on =
    (tab: string) =>
    (id: string, type: string, wires: string[][], properties: object = {}): FlowNode => ({
      ...{ id, type, z: tab, name: '', x: 200, y: 100, connection, billing, state, wires, ...properties },
    });
  const asks = on(z);
  const made = on(child);
  const each = { workflowName: child, items: 'payload', itemsType: 'msg', atOnce: '2', failedRuns: 'along' };
  const soon = { firstDelaySeconds: '0.1', maxDelaySeconds: '1' };
  return [
    { id: z, type: 'tab', label: z },
    ...shared,
    asks('run', 'wap-workflow-start', [['each'], [], []], { workflowName: z }),
    asks('each', 'wap-workflow-each', [['sum'], ['sum']], each),
    asks('sum', 'function', [['last']], {
      ...{ func: 'msg.sum = msg.outcomes.map(({ key, state }) => key + " " + state).join(); return msg;', outputs: 1 },
    }),
    asks('last', 'mapping-store', [['end'], []], { operation: 'put', replace: true, ...sum }),
    asks('end', 'wap-workflow-end', [[]], { result: 'outcomes', resultType: 'msg' }),

    { id: child, type: 'tab', label: child },
    made('child', 'wap-workflow-start', [['create'], [], []], { workflowName: child, ...soon }),
    made('create', 'wap-plan-create', [['offer']], { displayName: 'topic', displayNameType: 'msg', ...plan }),
    made('offer', 'billing-plan-create', [['is whole']]),
    made('is whole', 'switch', [['fails'], ['pair']], {
      ...{
        property: 'topic',
        propertyType: 'msg',
        rules: [{ t: 'regex', v: ` ${failing}$`, vt: 'str' }, { t: 'else' }],
        outputs: 2,
      },
      checkall: 'false',
    }),
    made('fails', 'wap-plan-publish', [['pair']], { planId: 'none', planIdType: 'str' }),
    made('pair', 'mapping-store', [['child end'], []], { operation: 'put' }),
    made('child end', 'wap-workflow-end', [[]], { result: 'wap.plan.Id', resultType: 'msg' }),
  ];
}

const plan = { kind: 'plan', kindType: 'str' };
const sum = {
  ...{ mappingKind: 'account', mappingKindType: 'str', wapId: 'topic', wapIdType: 'msg' },
  ...{ billingId: 'sum', billingIdType: 'msg', mappingName: '', mappingNameType: 'str' },
};

/** One plan, one offer and one run for each, and what became of them in their order. */
export function wrongEach(world: World, { key, run, others, killed, deploys }: SaleReport): string[] {
  const names = namesOf(key);
  const [{ plans: inWap }, { offers: inBilling }] = [world.wap.state, world.billing.state];
  const planOf = (name: string) => inWap.filter(({ DisplayName }) => DisplayName === name);
  const expected = names.map(name => ({
    ...{ key: name, state: fails(name) ? 'failed' : 'completed' },
    ...{ result: fails(name) ? null : { note: null, result: planOf(name)[0]?.Id } },
    error: fails(name) ? 'WAP_NOT_FOUND' : null,
  }));
  const outcomes = (run?.result as { result?: RunOutcome[] } | null | undefined)?.result ?? [];
  const kept = outcomes.map(({ error, ...outcome }) => ({ ...outcome, error: error?.code ?? null }));
  const wrong = isDeepStrictEqual(kept, expected) ? [] : [`became of them: ${JSON.stringify(outcomes)}`];

  const runs = others.map(({ key: of, state }) => `${of} ${state}`).sort();
  if (!isDeepStrictEqual(runs, names.map(stateOf))) wrong.push(`its runs are ${runs.join(', ')}`);
  for (const name of names) {
    const plans = planOf(name);
    if (plans.length !== 1) wrong.push(`WAP has ${plans.length} plans ${name}`);
    const offers = inBilling.filter(offer => offer.name === name || offer.key === plans[0]?.Id);
    const states = offers.map(offer => `${offer.key} ${offer.name} ${offer.state}`).join();
    if (states !== `${plans[0]?.Id} ${name} active`) wrong.push(`billing has ${states || 'nothing'} for ${name}`);
  }
  return [...wrong, ...wrongEnds(world, names), ...wrongFailures(world, names, killed.length + deploys)];
}

/** Each ended once: a kill may take the message behind the end, but never send another. */
function wrongEnds(world: World, names: string[]): string[] {
  return names.flatMap(name => {
    const ends = world.messages('other ended').filter(({ topic }) => topic === name).length;
    return ends <= (fails(name) ? 0 : 1) ? [] : [`${name} ended ${ends} times`];
  });
}

/** Catch heard of the one that fails: once, or once more for each kill and deploy, which may have come before it was told. */
function wrongFailures(world: World, names: string[], starts: number): string[] {
  const caught = world.messages('caught').filter(({ topic }) => names.includes(String(topic)));
  const isTold = ({ topic, error }: Record<string, unknown>) =>
    fails(String(topic)) && codeOf(error) === 'WAP_NOT_FOUND';
  const told = caught.filter(isTold).length;
  const others = caught.filter(message => !isTold(message));
  return [
    ...(told >= 1 && told <= 1 + starts ? [] : [`Catch heard ${told} times of the one that fails`]),
    ...others.map(({ topic, error }) => `Catch got ${topic}: ${JSON.stringify(error)}`),
  ];
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;

/** Each that was completed is mapped once, and what the run that asked summed up. */
export function wrongEachMapping(
  { wap, billing }: World,
  key: string,
  entries: Array<Record<string, unknown>>,
): string[] {
  const names = namesOf(key);
  const [{ plans }, { offers }] = [wap.state, billing.state];
  const ids = names.map(name => plans.find(({ DisplayName }) => DisplayName === name)?.Id);
  const offerOf = (id: string | undefined) => offers.find(offer => offer.key === id)?.id;
  const isMine = ({ wapId, name }: Record<string, unknown>) =>
    wapId === key || names.includes(String(name)) || ids.includes(String(wapId));
  const pairs = entries.filter(isMine).map(({ kind, wapId, billingId }) => `${kind} ${wapId} ${billingId}`);
  const expected = [
    `account ${key} ${names.map(stateOf).join()}`,
    ...names.flatMap((name, index) => (fails(name) ? [] : [`plan ${ids[index]} ${offerOf(ids[index])}`])),
  ];
  return isDeepStrictEqual(pairs.sort(), expected.sort()) ? [] : [`the mapping holds ${pairs.join(', ')}`];
}
