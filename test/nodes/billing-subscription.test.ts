import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import * as billing from './billing-world';
import { startInProcessWapWorld, connections as wapConnections } from './wap-world';

const type = 'billing-subscription';
const failing = ['no-token', 'no-wap'];
const rename = (prefix: string, id: string) => (id === 'ok' ? prefix : `${prefix}-${id}`);
const others = [
  ...wapConnections.map(node => ({ ...node, id: rename('wap', node.id) })),
  ...billing.connections.map(node => ({ ...node, id: rename('billing', node.id) })),
  { id: 'state', type: 'billing-state', name: '', address: 'tests.sqlite' },
];
const entry = {
  ...{ mappingKind: 'kind', mappingKindType: 'msg', wapId: 'id', wapIdType: 'msg' },
  ...{ billingId: 'to', billingIdType: 'msg' },
};
const uses = { connection: 'wap', billing: 'billing', state: 'state' };
const nodes = [
  ...nodesOf(
    type,
    {
      follow: {},
      suspend: { operation: 'suspend', changedAt: '${SINCE}', changedAtType: 'str' },
      create: { operation: 'create' },
      plan: { operation: 'changePlan', planId: 'to', planIdType: 'msg' },
      wrong: { operation: 'cancel', changedAt: 'tomorrow', changedAtType: 'str' },
      refused: { billing: 'billing-refused' },
      nobody: { billing: 'billing-nobody' },
      'no-token': { connection: 'wap-refused' },
      'no-wap': { connection: 'wap-nobody' },
      unwired: { state: '' },
    },
    { ...uses, outputs: 3 },
  ),
  ...nodesOf('mapping-store', { map: {} }, { ...uses, ...entry, outputs: 2 }),
  ...nodesOf('mapping-store', { find: { operation: 'get' } }, { ...uses, ...entry, outputs: 2 }),
];

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;
  let made = 0;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major, env: { SINCE: '2026-02-01T00:00:00Z', WRONG_TOKEN: 'no' } });
    world.wap.seed({ plans: ['gold', 'silver', 'new'].map(Id => ({ Id, DisplayName: Id, State: 1 })) });
    world.billing.seed({ offers: ['gold', 'silver'].map(key => ({ key, name: key, state: 'active' as const })) });
    bench = await Bench.start(world, others, nodes);
    for (const { key: id, id: to } of world.billing.state.offers) await bench.answer('map', { kind: 'plan', id, to });
  });
  after(() => world.stop());
  afterEach(() => world.billing.faults.clear());

  const fresh = (PlanId = 'gold') => {
    made += 1;
    const SubscriptionID = `bbbbbbbb-0000-0000-0000-${String(made).padStart(12, '0')}`;
    world.wap.seed({ subscriptions: [{ SubscriptionID, PlanId }] });
    const payload = world.wap.state.events.at(-1);
    return { id: SubscriptionID, payload, wap: { subscription: { SubscriptionID } }, kind: 'subscription' };
  };
  const billed = (id: string) => world.billing.state.subscriptions.find(({ key }) => key === id);
  const reason = (message: { payload?: unknown }) => (message.payload as { reason: string }).reason;

  it('follows an event and writes the mapping with it', async () => {
    const message = fresh();
    const { payload, billing: part } = await bench.answer('follow', message);
    assert.deepEqual(
      (part as { subscription: unknown }).subscription,
      (payload as { subscription: unknown }).subscription,
    );
    const found = await bench.answer('find', message);
    assert.equal((found.mapping as { billingId: string }).billingId, billed(message.id)?.id);
    assert.equal(bench.status('follow'), 'active');
    await bench.answer('follow', message);
    assert.equal(billed(message.id)?.history.length, 1);
  });

  it('lets the mapping follow the id that billing has for it', async () => {
    const message = fresh();
    await bench.answer('map', { ...message, to: `lost-${message.id}` });
    await bench.answer('follow', message);
    const found = await bench.answer('find', message);
    assert.equal((found.mapping as { billingId: string }).billingId, billed(message.id)?.id);
  });

  it('says what it ignores and what it waits for, each by its output', async () => {
    const message = fresh();
    assert.equal(
      reason(await bench.answer('follow', { ...message, payload: { ...message.payload, State: 2 } }, 1)),
      'notCommitted',
    );
    assert.equal(reason(await bench.answer('follow', fresh('new'), 2)), 'planNotMapped');
    assert.equal(bench.status('follow'), 'plan not mapped');
  });

  it('does one thing at the time given', async () => {
    const message = fresh();
    await bench.answer('create', message);
    await bench.answer('suspend', message);
    await bench.answer('plan', { ...message, to: 'silver' });
    const { state, offer, history } = billed(message.id) ?? assert.fail();
    assert.deepEqual([state, offer, history[1]?.at], ['suspended', 'silver', '2026-02-01T00:00:00.000Z']);
  });

  it('gives Catch what is missing or wrong, by its field', async () => {
    for (const [id, message, code, subject] of [
      ['follow', {}, 'INPUT_MISSING', 'event'],
      ['follow', { payload: { EventId: 1 } }, 'INPUT_INVALID', 'event'],
      ['suspend', {}, 'INPUT_MISSING', 'subscriptionId'],
      ['plan', fresh(), 'INPUT_MISSING', 'planId'],
      ['wrong', fresh(), 'INPUT_INVALID', 'changedAt'],
      ['unwired', fresh(), 'INPUT_CONFIG', 'state'],
    ] as const) {
      const error = await bench.error(id, { ...message });
      assert.deepEqual([error.code, error.cause.subject], [code, subject], id);
    }
  });

  for (const [id, code] of [
    ['refused', 'BILLING_AUTH'],
    ['nobody', 'BILLING_NETWORK'],
  ] as const)
    it(`gives Catch ${code} once, and nothing else`, async () => {
      const message = fresh();
      assert.equal((await bench.error(id, message)).code, code);
      assert.deepEqual(await bench.tally(id), { complete: 0, error: 1, sent: 0 });
      assert.equal(billed(message.id), undefined);
    });

  for (const [fault, code] of [
    [{ kind: 'status', status: 503 }, 'BILLING_SERVER'],
    [{ kind: 'rate' }, 'BILLING_RATE'],
    [{ kind: 'hold' }, 'BILLING_TIMEOUT'],
    [{ kind: 'cut-json' }, 'BILLING_BAD_RESPONSE'],
  ] as const)
    it(`goes on where it was after ${code}`, async () => {
      const message = fresh();
      world.billing.faults.add({ ...fault, path: /^\/subscriptions/, times: Number.POSITIVE_INFINITY });
      assert.equal((await bench.error('follow', message)).code, code);
      world.billing.faults.clear();
      await bench.answer('follow', message);
      assert.equal(billed(message.id)?.history.length, 1);
    });

  it('asks WAP for what it never saw, and reports when WAP fails', async () => {
    const message = fresh();
    const Entity = { SubscriptionID: message.id, State: 2 };
    const payload = { ...message.payload, EventId: 1_000_000, Method: 'PATCH', Entity };
    for (const id of failing) {
      const { code } = await bench.error(id, { payload });
      assert.equal(code, id === 'no-wap' ? 'WAP_NETWORK' : 'WAP_AUTH');
    }
    await bench.answer('follow', { payload });
    assert.equal(billed(message.id)?.state, 'suspended');
  });

  it('is interrupted by a deploy without a result, and works afterwards', async () => {
    const message = fresh();
    const before = await bench.tally('follow');
    const held = world.billing.faults.add({ kind: 'hold', path: /^\/subscriptions/ });
    await world.inject('follow', message);
    await held.untilHit();
    const from = world.nodeRed.logs.length;
    await bench.deploy();
    await world.nodeRed.waitLog(/Interrupted by a deploy/, from);
    assert.deepEqual(await bench.tally('follow'), before);
    world.billing.faults.clear();
    await bench.answer('follow', message);
    assert.equal(billed(message.id)?.state, 'active');
  });
});
