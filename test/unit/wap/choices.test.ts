import assert from 'node:assert/strict';
import { billingChoices } from '../../../lib/billing/choices';
import type { BillingProvider, OfferRef } from '../../../lib/billing/port';
import { wapChoices } from '../../../lib/wap/choices';
import { fails } from '../state/scratch';
import { startWorld, type World } from './world';

const { signal } = new AbortController();

describe('what dialogs suggest of WAP', () => {
  let world: World;
  before(async () => {
    world = await startWorld();
    const of = (second: number, user: string, SubscriptionName: string | null = null) => ({
      ...{ SubscriptionID: `s${second}`, PlanId: 'gold', SubscriptionName, AccountAdminLiveEmailId: user },
      ...{ OfferFriendlyName: 'Gold', Created: `2026-01-01T00:00:0${second}` },
    });
    world.sim.seed({
      addons: [{ Id: 'extra', DisplayName: 'Extra' }],
      plans: [{ Id: 'gold', DisplayName: 'Gold' }],
      subscriptions: [of(1, 'ann@a', 'Ours'), of(2, 'ann@a'), of(3, 'bob@b')],
    });
  });
  after(() => world.close());
  const choices = (of: keyof typeof wapChoices, text = '') => wapChoices[of](world.wap, signal, text);

  it('is plans and add-ons by id, with their names', async () => {
    assert.deepEqual(await choices('plan'), [{ value: 'gold', label: 'Gold · gold' }]);
    assert.deepEqual(await choices('addon'), [{ value: 'extra', label: 'Extra · extra' }]);
  });

  it('is services by name, and their instances by id', async () => {
    const named = (found: Array<{ value: string; label: string }>, value: string) =>
      found.find(choice => choice.value === value)?.label;
    assert.match(named(await choices('service'), 'sqlservers') ?? '', /^sqlservers · ./);
    const id = '7a1d0c52-4e0b-4c39-9d5e-0b6f1f2a9c11';
    assert.equal(named(await choices('instance'), id), `sqlservers · ${id}`);
  });

  it('is subscriptions with user and name, where WAP finds the text', async () => {
    assert.deepEqual(await choices('subscription', 'ann'), [
      { value: 's1', label: 'ann@a · Ours · s1' },
      { value: 's2', label: 'ann@a · Gold · s2' },
    ]);
    assert.equal((await choices('subscription')).length, 3);
    assert.deepEqual(await choices('subscription', 'eve'), []);
  });

  it('is each user once', async () => {
    assert.deepEqual(
      (await choices('user')).map(({ value }) => value),
      ['ann@a', 'bob@b'],
    );
  });
});

describe('what dialogs suggest of billing', () => {
  const provider = (offers: OfferRef[] | null) => ({
    provider: { listOffers: offers && (async () => offers) } as BillingProvider,
  });
  const offer = { key: 'gold', remoteId: 'g-1', state: 'active', version: null } as const;
  const offers = [
    { ...offer, name: 'Gold Hosting' },
    { ...offer, key: 'tin', name: 'tin', remoteId: null },
    { ...offer, key: 'iron' },
  ];

  it('is offers by key, with name and state', async () => {
    assert.deepEqual(await billingChoices.offer(provider(offers), signal), [
      { value: 'gold', label: 'Gold Hosting · gold · active' },
      { value: 'tin', label: 'tin · active' },
      { value: 'iron', label: 'iron · active' },
    ]);
  });

  it('is what billing has by its own ids', async () => {
    assert.deepEqual(await billingChoices.billingId(provider(offers), signal), [
      { value: 'g-1', label: 'Gold Hosting · g-1' },
      { value: 'g-1', label: 'iron · g-1' },
    ]);
  });

  it('is nothing where billing has no list', async () => {
    await assert.rejects(billingChoices.offer(provider(null), signal), fails('INPUT_CONFIG', /no list of offers/));
  });
});
