import assert from 'node:assert/strict';
import { defaultTemplates } from '../../../../lib/billing/rest/templates';
import type { WantedSubscription } from '../../../../lib/billing/subscription-port';
import { failsWith } from '../../../contract/provider';
import { type BillingWorld, billingWorld } from '../billing-world';
import { ManualClock } from '../manual-clock';

const at = '2026-03-01T00:00:00.000Z';
const wanted = (more: Partial<WantedSubscription> = {}): WantedSubscription => ({
  ...{ key: 'sub-1', offerKey: 'gold', offerId: null, account: 'anna@one.example', name: 'Anna', since: at },
  ...more,
});
const gold = { offerKey: 'gold', offerId: null };
const silver = { offerKey: 'silver', offerId: null };

describe('subscriptions in billing, provider rest', () => {
  let world: BillingWorld;
  beforeEach(async () => {
    world = await billingWorld();
    const offers = ['gold', 'silver'].map(key => ({ key, name: key, state: 'active' as const }));
    world.simulator.seed({ offers });
  });
  afterEach(() => world.close());
  const port = () => world.connection.subscriptions;
  const held = () => world.simulator.state.subscriptions;
  const steps = () => held()[0]?.history.map(({ step, at: from }) => [step, from]);

  it('creates one and gives the same when it is asked again', async () => {
    const made = await port().ensure(wanted());
    assert.deepEqual([made.state, made.offerKey, made.account], ['active', 'gold', 'anna@one.example']);
    assert.deepEqual(await port().ensure(wanted({ name: 'Another name' })), made);
    assert.deepEqual(steps(), [['created', at]]);
  });

  it('creates one when two ask at the same time', async () => {
    const [one, other] = await Promise.all([port().ensure(wanted()), port().ensure(wanted())]);
    assert.deepEqual(one, other);
    assert.equal(held().length, 1);
  });

  it('goes through its life, each step at its time and once', async () => {
    await port().ensure(wanted());
    const moves = [
      () => port().suspend('sub-1', '2026-03-02T00:00:00Z'),
      () => port().resume('sub-1', '2026-03-03T00:00:00Z'),
      () => port().changePlan('sub-1', silver, '2026-03-04T00:00:00Z'),
      () => port().cancel('sub-1', '2026-03-05T00:00:00Z'),
    ];
    for (const move of moves) assert.deepEqual(await move(), await move());
    assert.deepEqual(steps(), [
      ['created', at],
      ['suspended', '2026-03-02T00:00:00Z'],
      ['resumed', '2026-03-03T00:00:00Z'],
      ['plan-changed', '2026-03-04T00:00:00Z'],
      ['cancelled', '2026-03-05T00:00:00Z'],
    ]);
    assert.deepEqual([held()[0]?.offer, held()[0]?.state], ['silver', 'cancelled']);
  });

  for (const kind of ['reset-after', 'cut-json', 'reset-before', 'status'] as const)
    it(`does each step once although its answer fails (${kind})`, async () => {
      const fail = (path: RegExp) => world.simulator.faults.add({ kind, method: 'POST', path, status: 503 });
      fail(/subscriptions$/);
      assert.equal((await port().ensure(wanted())).state, 'active');
      fail(/suspend/);
      assert.equal((await port().suspend('sub-1', at)).state, 'suspended');
      fail(/change-plan/);
      assert.equal((await port().changePlan('sub-1', silver, at)).offerKey, 'silver');
      fail(/resume/);
      assert.equal((await port().resume('sub-1', at)).state, 'active');
      fail(/cancel/);
      assert.equal((await port().cancel('sub-1', at)).state, 'cancelled');
      assert.equal(held()[0]?.history.length, 5);
    });

  it('refuses another account, and one that is cancelled', async () => {
    await port().ensure(wanted());
    await assert.rejects(port().ensure(wanted({ account: 'bob@two.example' })), failsWith('BILLING_CONFLICT'));
    await port().cancel('sub-1', at);
    await assert.rejects(port().ensure(wanted()), failsWith('BILLING_CONFLICT'));
    await assert.rejects(port().suspend('sub-1', at), failsWith('BILLING_CONFLICT'));
    await assert.rejects(port().changePlan('sub-1', silver, at), failsWith('BILLING_CONFLICT'));
  });

  it('says what billing does not know', async () => {
    assert.deepEqual((await port().state('nobody')).state, 'absent');
    assert.equal((await port().cancel('nobody', at)).state, 'absent');
    await assert.rejects(port().suspend('nobody', at), failsWith('BILLING_NOT_FOUND'));
    await assert.rejects(port().ensure(wanted({ offerKey: 'none' })), failsWith('BILLING_NOT_FOUND'));
    await port().ensure(wanted());
    await assert.rejects(
      port().changePlan('sub-1', { offerKey: 'none', offerId: null }, at),
      failsWith('BILLING_NOT_FOUND'),
    );
  });

  it('counts an offer named by either id as the same', async () => {
    await port().ensure(wanted());
    const named = { offerKey: 'plan-in-wap', offerId: 'gold' };
    assert.equal((await port().changePlan('sub-1', named, at)).offerKey, 'gold');
    assert.equal((await port().changePlan('sub-1', gold, at)).offerKey, 'gold');
  });

  it('lists all in pages', async () => {
    const subscriptions = Array.from({ length: 2300 }, (_none, n) => ({ key: `s${n}`, offer: 'gold' }));
    world.simulator.seed({ subscriptions });
    const sizes: number[] = [];
    const keys = new Set<string>();
    for await (const page of port().list?.() ?? []) {
      sizes.push(page.length);
      for (const { key } of page) keys.add(key);
    }
    assert.deepEqual([sizes, keys.size], [[1000, 1000, 300], 2300]);
  });

  it('ends when it is told to', () =>
    assert.rejects(port().ensure(wanted(), { signal: AbortSignal.abort() }), failsWith('ABORTED')));

  it('says which template is missing', async () => {
    const { subscriptionSuspend: _one, ...without } = defaultTemplates;
    const { subscriptionRead: _other, ...nothing } = defaultTemplates;
    const other = await billingWorld({ templates: without, clock: new ManualClock() });
    const bare = await billingWorld({ templates: nothing });
    try {
      other.simulator.seed({ offers: [{ key: 'gold', name: 'gold' }], subscriptions: [{ key: 's', offer: 'gold' }] });
      await assert.rejects(other.connection.subscriptions.suspend('s', at), (error: Error) => {
        assert.match(error.message, /templates\.subscriptionSuspend/);
        return failsWith('INPUT_CONFIG')(error);
      });
      await assert.rejects(bare.connection.subscriptions.state('s'), failsWith('INPUT_CONFIG'));
    } finally {
      await other.close();
      await bare.close();
    }
  });
});
