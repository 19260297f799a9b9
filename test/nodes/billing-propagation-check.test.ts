import assert from 'node:assert/strict';
import type { FlowNode } from '../harness/admin-api';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { connections, failingNodes, failsClearly } from './billing-world';
import { state } from './state-world';

const type = 'billing-propagation-check';
const quick = { intervalSeconds: '0.1', deadlineMinutes: '1' };
const many = 1000;
const nodes = [
  ...nodesOf(
    type,
    {
      active: quick,
      present: { ...quick, until: 'present' },
      late: { intervalSeconds: '0.1', deadlineMinutes: '0.005' },
      unwired: { ...quick, billing: '' },
      counted: { ...quick, deadlineMinutes: '3000' },
      'in-run': quick,
      // As the dialog leaves them: the environment decides.
      typed: { offerKey: '"wap-" & topic', offerKeyType: 'jsonata' },
      hasty: { ...quick, intervalSeconds: '${NO_SUCH_VARIABLE}' },
      wrong: { ...quick, deadlineMinutes: 'soon' },
    },
    { billing: 'ok', outputs: 2 },
  ),
  ...failingNodes(type, 2, { deadlineMinutes: '0' }),
  ...nodesOf('wap-workflow-start', {
    start: {
      ...{ state: 'state', workflowName: 'sale', wires: [['in-run'], [], []], runKey: 'topic', runKeyType: 'msg' },
      ...{ control: 'control', controlType: 'msg', run: 'run', runType: 'msg' },
    },
  }),
];

/** Many messages at once through one node, whose own messages are only counted. */
const crowd: FlowNode[] = [
  { id: 'press', type: 'inject', z: 'tab', props: [], repeat: '', once: false, x: 100, y: 300, wires: [['burst']] },
  {
    ...{ id: 'burst', type: 'function', z: 'tab', x: 200, y: 300, outputs: 1, wires: [['crowd']] },
    func: `for (let i = 0; i < ${many}; i++) node.send({ wap: { plan: { Id: 'crowd-' + i } } });`,
  },
  ...nodesOf(type, { crowd: { ...quick, intervalSeconds: '0.5', wires: [['count'], []] } }, { billing: 'ok' }),
];
const count: FlowNode = {
  ...{ id: 'count', type: 'function', z: 'tab', x: 500, y: 300, outputs: 1, wires: [[]] },
  func: `const n = (context.get('n') || 0) + 1; context.set('n', n); if (n === ${many}) return { payload: n };`,
};

const about = (Id: string) => ({ wap: { kind: 'plan', plan: { Id } } });
interface Result {
  outcome: string;
  checks: number;
  waitedMs: number;
  offer: { key: string; state: string };
}

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    const env = { WRONG_TOKEN: 'no', BILLING_CHECK_SECONDS: '0.1', BILLING_DEADLINE_MINUTES: '0.005' };
    const rules = [{ pattern: /^Slow/, delayMs: 350 }];
    world = await startInProcessWorld({ major, env, billing: { rules } });
    seed('failing', 'active');
    bench = await Bench.start(world, [...connections, state('state'), ...crowd], [...nodes, count]);
  });
  after(() => world.stop());
  afterEach(() => world.billing.faults.clear());

  const seed = (key: string, state: 'draft' | 'active' | 'retired') =>
    world.billing.seed({ offers: [{ key, name: key, state }] });
  const reads = (key: string) => world.log.entries({ server: 'billing', method: 'GET', path: `/offers/${key}` }).length;
  const ask = (path: string, body?: unknown) =>
    fetch(`${world.billing.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.billing.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });

  it('says that nothing in the flows makes what it waits for, as soon as they have started', async () => {
    await world.until('the status', () => bench.status('present') === 'nothing makes the offer');
  });

  it('sends an active offer on after one check, keeping the rest of the message', async () => {
    seed('gold', 'active');
    const answer = await bench.answer('active', { ...about('gold'), topic: 'mine' });
    const { outcome, checks, waitedMs, offer } = answer.payload as Result;
    assert.deepEqual([outcome, checks, offer.key, offer.state], ['ready', 1, 'gold', 'active']);
    assert.ok(Number.isInteger(waitedMs) && waitedMs >= 0);
    assert.deepEqual([answer.billing, answer.wap, answer.topic], [{ offer }, about('gold').wap, 'mine']);
    assert.deepEqual(await bench.tally('active'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('active'), 'gold: ready');
  });

  it('waits until an offer that was accepted is shown', async () => {
    await ask('/offers', { key: 'slow', name: 'Slow one', kind: 'plan' });
    const { outcome, checks, offer } = (await bench.answer('present', about('slow'))).payload as Result;
    assert.deepEqual([outcome, offer.state], ['ready', 'draft']);
    assert.ok(checks > 1, `${checks} checks`);
  });

  it('does not take a draft for active', async () => {
    seed('sketch', 'draft');
    const before = world.messages('active 0').length;
    await world.inject('active', about('sketch'));
    await world.until('two checks', () => reads('sketch') >= 2);
    assert.equal(world.messages('active 0').length, before);
    await ask('/offers/sketch/publish');
    const { payload } = await world.message('active 0', before + 1);
    assert.equal((payload as Result).offer.state, 'active');
  });

  it('sends a message by the second output when the offer is not there in time', async () => {
    const answer = await bench.answer('late', about('nowhere'), 1);
    const { outcome, offer } = answer.payload as Result;
    assert.deepEqual([outcome, offer.key, offer.state], ['not in time', 'nowhere', 'absent']);
    assert.deepEqual(answer.billing, { offer });
    assert.deepEqual(await bench.tally('late'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('late'), 'nowhere: not in time');
  });

  it('outlives temporary failures of billing', async () => {
    seed('shaky', 'active');
    world.billing.faults.add({ kind: 'status', status: 503, path: '/offers/shaky', times: 2 });
    const { outcome, checks } = (await bench.answer('active', about('shaky'))).payload as Result;
    assert.deepEqual([outcome, checks], ['ready', 3]);
  });

  it('gives a retired offer to Catch, since it will never be ready', async () => {
    seed('gone', 'retired');
    assert.equal((await bench.error('active', about('gone'))).code, 'BILLING_OFFER_DIFFERS');
  });

  it('takes interval and deadline from the environment and the key from an expression', async () => {
    const { outcome, offer } = (await bench.answer('typed', { topic: 'x' }, 1)).payload as Result;
    assert.deepEqual([outcome, offer.key], ['not in time', 'wap-x']);
  });

  it('says in its status what it waits for, and until when', async () => {
    const named = (Id: string, DisplayName: string) => ({ wap: { kind: 'plan', plan: { Id, DisplayName } } });
    await world.inject('counted', named('first', 'Stuck Silver'));
    const until = '\\d\\d\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d';
    const shows = (text: string) => async () => new RegExp(`^${text}$`).test(bench.status('counted') ?? '');
    await world.until('one to wait', shows(`Stuck…er · until ${until}`));
    await world.inject('counted', named('second', 'Gold'));
    await world.until('both to wait', shows(`2 waiting, next until ${until}`));
    seed('first', 'active');
    await world.message('counted 0', 1);
    await world.until('one to wait', shows(`Gold · until ${until}`));
    seed('second', 'active');
    await world.message('counted 0', 2);
    await world.until('the end', shows('Gold: ready'));
  });

  it('waits no more for a run that was cancelled or restarted, and says so', async () => {
    const shows = (pattern: RegExp) => () => pattern.test(bench.status('in-run') ?? 'nothing');
    for (const topic of ['One', 'Two']) await world.inject('start', { ...about(topic), topic });
    await world.until('both to wait', shows(/^2 waiting, next until/));
    await world.inject('start', { control: 'restart', run: 'One' });
    await world.until('the run to be restarted', () => bench.sent('start', 2).length === 1);
    await world.until('both to wait again', shows(/^2 waiting, next until/));
    await world.inject('start', { control: 'cancel', run: 'One' });
    await world.until('one to wait', shows(/^Two · until/));
    await world.inject('start', { control: 'cancel', run: 'Two' });
    await world.until('none to wait', shows(/^nothing$/));
    assert.deepEqual(await bench.tally('in-run'), { complete: 0, error: 0, sent: 0 });
  });

  it(`lets ${many} messages wait at once and asks for the list, not for each`, async () => {
    const lists = () => world.log.entries({ server: 'billing', method: 'GET', path: '/offers' }).length;
    const before = lists();
    await world.nodeRed.inject('press');
    await world.until('a list', () => lists() > before);
    world.billing.seed({
      offers: Array.from({ length: many }, (_, i) => ({
        key: `crowd-${i}`,
        name: `Crowd ${i}`,
        state: 'active' as const,
      })),
    });
    assert.equal((await world.message('count 0')).payload, many);
    // A round for a single key reads it: the first message may have come alone.
    assert.ok(world.log.entries({ server: 'billing', path: /^\/offers\/crowd-/ }).length <= 1);
  });

  failsClearly(() => bench, about('failing'));

  for (const [node, message, code, subject] of [
    ['unwired', about('gold'), 'INPUT_CONFIG', 'billing'],
    ['active', {}, 'INPUT_MISSING', 'offerKey'],
    ['hasty', about('gold'), 'INPUT_MISSING', 'intervalSeconds'],
    ['wrong', about('gold'), 'INPUT_INVALID', 'deadlineMinutes'],
  ] as const) {
    it(`names ${subject} in ${code}`, async () => {
      const error = await bench.error(node, message);
      assert.deepEqual([error.code, error.cause.subject], [code, subject]);
    });
  }

  it('ends its waits at a deploy and asks no more about them', async () => {
    const before = await bench.tally('active');
    await world.inject('active', about('never'));
    await world.until('a check', () => reads('never') > 0);
    const from = world.nodeRed.logs.length;
    await bench.deploy();
    await world.nodeRed.waitLog(/Interrupted by a deploy/, from);
    assert.deepEqual(await bench.tally('active'), before);
    const asked = reads('never');
    await ask('/offers', { key: 'later', name: 'Slow later one', kind: 'plan' });
    await bench.answer('present', about('later')); // several rounds
    assert.equal(reads('never'), asked);
  });
});
