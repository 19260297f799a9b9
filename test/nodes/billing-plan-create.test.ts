import assert from 'node:assert/strict';
import { aPlan } from '../builders';
import type { FlowNode } from '../harness/admin-api';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { connections, failingNodes, failsClearly } from './billing-world';

const type = 'billing-plan-create';
const shelf: FlowNode = {
  ...{ id: 'shelf', type: 'change', z: 'tab', x: 100, y: 200, wires: [[]] },
  rules: [{ t: 'set', p: 'price', pt: 'flow', to: 'payload', tot: 'msg' }],
};
const nodes = [
  ...nodesOf(
    type,
    {
      create: {},
      draft: { publish: false },
      unwired: { billing: '' },
      typed: {
        ...{ kind: 'addon', kindType: 'str', offerKey: '"wap-" & wap.plan.Id', offerKeyType: 'jsonata' },
        ...{ offerName: 'OFFER_NAME', offerNameType: 'env', price: 'price', priceType: 'flow' },
        ...{ description: 'from ${OFFER_SOURCE:-nowhere}', descriptionType: 'str', plan: '{}', planType: 'json' },
      },
    },
    { billing: 'ok' },
  ),
  ...failingNodes(type),
  shelf,
];

/** A message as the WAP nodes leave it. */
const about = (Id: string, more = {}) => ({
  wap: { kind: 'plan', plan: aPlan({ Id, DisplayName: `Plan ${Id}`, ...more }) },
});

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({
      major,
      env: { WRONG_TOKEN: 'no', OFFER_NAME: 'By environment', OFFER_SOURCE: 'a test' },
    });
    bench = await Bench.start(world, connections, nodes);
  });
  after(() => world.stop());
  afterEach(() => world.billing.faults.clear());

  const offer = (key: string) => world.billing.state.offers.find(known => known.key === key);
  const creates = () => world.log.entries({ server: 'billing', method: 'POST', path: '/offers' }).length;

  it('creates an active offer and leaves it on the message, keeping the rest', async () => {
    const answer = await bench.answer('create', { ...about('gold'), topic: 'mine' });
    const kept = offer('gold');
    const found = { key: 'gold', remoteId: kept?.id, state: 'active', version: '1' };
    assert.deepEqual([answer.payload, answer.billing, answer.topic], [found, { offer: found }, 'mine']);
    assert.deepEqual(answer.wap, about('gold').wap);
    assert.deepEqual([kept?.name, kept?.kind, kept?.price], ['Plan gold', 'plan', '19.90 EUR per month']);
    assert.deepEqual(await bench.tally('create'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('create'), 'Plan gold: active');
  });

  it('leaves a draft when it is not to be active at once', async () => {
    const answer = await bench.answer('draft', about('silver'));
    assert.deepEqual(answer.payload, { key: 'silver', remoteId: offer('silver')?.id, state: 'draft', version: '1' });
  });

  it('creates once when the message comes twice', async () => {
    const before = creates();
    const first = await bench.answer('create', about('twice'));
    const second = await bench.answer('create', about('twice'));
    assert.deepEqual(second.payload, first.payload);
    assert.equal(creates() - before, 1);
  });

  it('creates once when the answer is lost after the effect', async () => {
    world.billing.faults.add({ kind: 'reset-after', path: '/offers', method: 'POST' });
    const answer = await bench.answer('create', about('lost'));
    assert.equal((answer.payload as { state: string }).state, 'active');
    assert.equal(world.billing.state.offers.filter(({ key }) => key === 'lost').length, 1);
  });

  it('refuses an offer that has the key and another price, and leaves it alone', async () => {
    await bench.answer('create', about('taken'));
    const { code, cause } = await bench.error('create', about('taken', { Price: '1 EUR' }));
    assert.deepEqual([code, cause.details], ['BILLING_OFFER_DIFFERS', { fields: ['price'] }]);
    assert.equal(offer('taken')?.price, '19.90 EUR per month');
  });

  it('makes an offer active that billing does not show yet, also the second time', async () => {
    world.billing.seed({ rules: [{ pattern: /^Plan hidden/, delayMs: 'never' }] });
    const first = await bench.answer('create', about('hidden'));
    assert.deepEqual([(first.payload as { state: string }).state, offer('hidden')?.state], ['active', 'active']);
    const second = await bench.answer('create', about('hidden'));
    assert.deepEqual(second.payload, first.payload);
  });

  it('does not bring a retired offer back', async () => {
    const price = '19.90 EUR per month';
    world.billing.seed({ offers: [{ key: 'over', name: 'Plan over', kind: 'plan', price, state: 'retired' }] });
    const answer = await bench.answer('create', about('over'));
    assert.deepEqual([(answer.payload as { state: string }).state, offer('over')?.state], ['retired', 'retired']);
  });

  it('takes a plan without a price', async () => {
    await bench.answer('create', about('free', { Price: null }));
    assert.equal(offer('free')?.price, null);
  });

  it('takes each field from the source chosen in the dialog', async () => {
    await bench.answer('shelf', { payload: '7 EUR' });
    await bench.answer('typed', about('bronze'));
    const { name, kind, price, description } = offer('wap-bronze') ?? {};
    assert.deepEqual([name, kind, price, description], ['By environment', 'addon', '7 EUR', 'from a test']);
  });

  it('handles two messages at once without mixing them up', async () => {
    const held = world.billing.faults.add({ kind: 'hold', path: '/offers/one', times: 1 });
    const sent = world.messages('create 0').length;
    await world.inject('create', about('one'));
    await held.untilHit();
    await bench.answer('create', about('two'));
    held.release();
    await world.message('create 0', sent + 2);
    const keys = world.messages('create 0').slice(sent);
    assert.deepEqual(
      keys.map(({ payload }) => (payload as { key: string }).key),
      ['two', 'one'],
    );
  });

  failsClearly(
    () => bench,
    about('failing'),
    () => assert.notEqual(offer('failing')?.state, 'active'),
  );

  it('asks for a billing connection when none is chosen', async () => {
    const { code, cause } = await bench.error('unwired', about('none'));
    assert.deepEqual([code, cause.subject], ['INPUT_CONFIG', 'billing']);
  });

  for (const [title, message, code, subject] of [
    ['the message holds no plan', { payload: 1 }, 'INPUT_MISSING', 'kind'],
    ['the plan has no id', { wap: { kind: 'plan', plan: { DisplayName: 'x' } } }, 'INPUT_MISSING', 'offerKey'],
    ['the kind is neither plan nor add-on', { wap: { ...about('x').wap, kind: 'pack' } }, 'INPUT_INVALID', 'kind'],
    ['the plan is not an object', { wap: { kind: 'plan', plan: 7 } }, 'INPUT_INVALID', 'plan'],
  ] as const) {
    it(`names the field and asks nobody when ${title}`, async () => {
      const asked = world.log.entries().length;
      const error = await bench.error('create', message);
      assert.deepEqual([error.code, error.cause.subject], [code, subject]);
      assert.equal(world.log.entries().length, asked);
    });
  }

  it('is interrupted by a deploy without a result, and works afterwards', async () => {
    const before = await bench.tally('create');
    const held = world.billing.faults.add({ kind: 'hold-before', path: '/offers', method: 'POST' });
    await world.inject('create', about('deployed'));
    await held.untilHit();
    const from = world.nodeRed.logs.length;
    await bench.deploy();
    await world.nodeRed.waitLog(/Interrupted by a deploy/, from);
    assert.deepEqual(await bench.tally('create'), before);
    world.billing.faults.clear();
    await bench.answer('create', about('deployed'));
    assert.equal(world.billing.state.offers.filter(({ key }) => key === 'deployed').length, 1);
  });
});
