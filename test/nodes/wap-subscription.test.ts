import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { bearsDeploy, connections, failingNodes, failsClearly, startInProcessWapWorld } from './wap-world';

const type = 'wap-subscription';
const quick = { intervalSeconds: '0.1', deadlineMinutes: '0.2' };
const nodes = [
  ...nodesOf(
    type,
    {
      get: {},
      suspend: { operation: 'suspend' },
      activate: { operation: 'activate' },
      migrate: { operation: 'migrate', targetPlanId: '${NEXT_PLAN}', targetPlanIdType: 'str' },
      buy: { operation: 'addOnAdd' },
      drop: { operation: 'addOnDrop' },
      delete: { operation: 'delete', ...quick },
      allowed: { operation: 'delete', ...quick, allowAddOns: true },
      late: { operation: 'delete', ...quick, deadlineMinutes: '0' },
      force: { operation: 'delete', ...quick, force: true },
      list: {
        ...{ operation: 'list', wherePlan: 'plan', wherePlanType: 'msg' },
        ...{ whereText: 'find', whereTextType: 'msg' },
      },
      pages: {
        operation: 'list',
        send: 'pages',
        pageSize: '10',
        whereUser: '$lowercase(user)',
        whereUserType: 'jsonata',
      },
      typed: { subscriptionId: 'flowsub', subscriptionIdType: 'env' },
      unwired: { connection: '' },
    },
    { connection: 'ok', outputs: 3 },
  ),
  ...failingNodes(type, 3, { operation: 'get' }),
];

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;
  let made = 0;

  before(async function () {
    this.timeout(120_000);
    const env = { NEXT_PLAN: 'silver', flowsub: 'aaaaaaaa-0000-0000-0000-000000000999' };
    world = await startInProcessWapWorld({ major, env, wap: { subscriptionDeleteMs: 300 } });
    const link = { AddOnId: 'extra', AddOnInstanceId: null, AcquisitionTime: null };
    world.wap.seed({
      addons: [{ Id: 'extra', DisplayName: 'Extra', MaxOccurrencesPerPlan: 5 }],
      plans: [
        { Id: 'gold', DisplayName: 'Gold', State: 1, AddOnReferences: [link] },
        { Id: 'silver', DisplayName: 'Silver', State: 1 },
        { Id: 'crowd', DisplayName: 'Crowd', State: 1 },
      ],
      subscriptions: [{ SubscriptionID: env.flowsub, PlanId: 'gold' }],
    });
    world.wap.seed({ herd: { count: 35, planIds: ['crowd'], users: 1 } });
    bench = await Bench.start(world, connections, nodes);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const fresh = () => {
    made += 1;
    const SubscriptionID = `aaaaaaaa-0000-0000-0000-${String(made).padStart(12, '0')}`;
    world.wap.seed({ subscriptions: [{ SubscriptionID, PlanId: 'gold' }] });
    return { wap: { subscription: { SubscriptionID } } };
  };
  const idOf = (message: ReturnType<typeof fresh>) => message.wap.subscription.SubscriptionID;
  const held = (id: string) => world.wap.state.subscriptions.find(each => each.SubscriptionID === id);
  type Answer = { payload: Record<string, unknown>; wap?: { subscription: { State: number; PlanId: string } } };
  const answer = async (id: string, message: object, output = 0) =>
    (await bench.answer(id, { ...message }, output)) as unknown as Answer;

  it('reads one and leaves it on the message', async () => {
    const found = await answer('get', { ...fresh(), topic: 'mine' });
    assert.deepEqual([found.payload.PlanId, found.wap?.subscription.PlanId], ['gold', 'gold']);
    assert.equal((await answer('typed', {})).payload.SubscriptionID, world.env.flowsub);
  });

  it('says not found for one that WAP does not know', async () => {
    const gone = { wap: { subscription: { SubscriptionID: 'aaaaaaaa-0000-0000-0000-ffffffffffff' } } };
    for (const id of ['get', 'suspend', 'migrate', 'buy', 'drop']) {
      const found = await answer(id, { ...gone, payload: { AddOnId: 'extra', AddOnInstanceId: 'x' } }, 1);
      assert.deepEqual([found.payload, found.wap], [null, undefined], id);
    }
  });

  it('suspends, activates and migrates', async () => {
    const message = fresh();
    assert.equal((await answer('suspend', message)).wap?.subscription.State, 2);
    assert.equal((await answer('activate', message)).wap?.subscription.State, 1);
    assert.equal((await answer('migrate', message)).wap?.subscription.PlanId, 'silver');
    assert.equal(held(idOf(message))?.PlanId, 'silver');
    assert.equal(bench.status('migrate'), 'done');
  });

  it('buys and drops an add-on, and drops what is not there', async () => {
    const message = fresh();
    const bought = await answer('buy', { ...message, payload: { AddOnId: 'extra' } });
    assert.equal(held(idOf(message))?.AddOnReferences[0]?.AddOnInstanceId, bought.payload.AddOnInstanceId);
    assert.equal((await answer('drop', { ...message, payload: bought.payload })).payload.outcome, 'dropped');
    assert.equal((await answer('drop', { ...message, payload: bought.payload })).payload.outcome, 'absent');
    assert.deepEqual(held(idOf(message))?.AddOnReferences, []);
  });

  it('keeps an unknown add-on an error', async () => {
    const { code } = await bench.error('buy', { ...fresh(), payload: { AddOnId: 'nothing' } });
    assert.equal(code, 'WAP_NOT_FOUND');
  });

  it('waits until a deleted one is gone', async () => {
    const message = fresh();
    const { payload, wap } = await answer('delete', message);
    assert.deepEqual([payload.outcome, wap, held(idOf(message))], ['gone', undefined, undefined]);
    assert.equal((await answer('delete', message)).payload.outcome, 'absent');
  });

  it('says late at the deadline, and does not wait for the services when forced', async () => {
    const message = fresh();
    assert.equal((await answer('late', message, 2)).wap?.subscription.State, 3);
    assert.equal((await answer('force', message)).payload.outcome, 'gone');
  });

  it('refuses to delete one with add-ons unless it is allowed', async () => {
    const message = fresh();
    await answer('buy', { ...message, payload: { AddOnId: 'extra' } });
    assert.equal((await bench.error('delete', message)).code, 'WAP_REFUSED');
    assert.equal((await answer('allowed', message)).payload.outcome, 'gone');
  });

  it('lists as one array', async () => {
    const found = await answer('list', { plan: 'crowd' });
    assert.equal((found.payload as unknown as unknown[]).length, 35);
    assert.equal(bench.status('list'), '35 listed');
  });

  it('lets WAP look for a text', async () => {
    const found = await answer('list', { plan: 'crowd', find: 'ER0@HERD' });
    assert.equal((found.payload as unknown as unknown[]).length, 35);
    const none = await answer('list', { plan: 'crowd', find: 'nobody' });
    assert.deepEqual(none.payload, []);
  });

  it('lists in pages whose parts tell the last one', async () => {
    await world.inject('pages', { user: 'USER0@herd.example' });
    const pages = await world.until('the last page', () => {
      const sent = bench.sent('pages') as Array<{ payload: unknown[]; parts: { index: number; count?: number } }>;
      return sent.some(({ parts }) => parts.count !== undefined) ? sent : undefined;
    });
    assert.equal(pages.at(-1)?.parts.count, pages.length);
    assert.deepEqual(
      pages.map(({ parts }) => parts.index),
      pages.map((_page, index) => index),
    );
    assert.equal(
      pages.reduce((sum, { payload }) => sum + payload.length, 0),
      35,
    );
    assert.equal((await bench.tally('pages')).complete, 1);
  });

  it('keeps two messages at once apart', async () => {
    const messages = [fresh(), fresh()];
    const before = bench.sent('suspend').length;
    for (const message of messages) await world.inject('suspend', message);
    await world.until('both', () => bench.sent('suspend').length >= before + 2);
    for (const message of messages) assert.equal(held(idOf(message))?.State, 2);
  });

  it('names the field when the message says no subscription', async () => {
    const { code, cause } = await bench.error('get', {});
    assert.deepEqual([code, cause.subject], ['INPUT_MISSING', 'subscriptionId']);
    assert.equal((await bench.error('unwired', fresh())).code, 'INPUT_CONFIG');
  });

  failsClearly(() => bench, fresh);
  bearsDeploy(() => bench, 'suspend', /^\/subscriptions\//, fresh);
});
