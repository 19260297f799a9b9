import assert from 'node:assert/strict';
import { createOffer } from '../../../lib/billing/port';
import { anOffer } from '../../contract/provider';
import { type BillingWorld, billingWorld } from './billing-world';

describe('creating an offer for sale', () => {
  let world: BillingWorld;
  beforeEach(async () => {
    world = await billingWorld();
  });
  afterEach(() => world.close());
  const create = (publish: boolean) => createOffer(world.connection.provider, anOffer(), publish);
  const held = () => world.simulator.state.offers.map(offer => offer.state);

  it('publishes the draft at once when told so', async () => {
    assert.equal((await create(true)).state, 'active');
    assert.equal((await create(true)).state, 'active');
    assert.deepEqual(held(), ['active']);
  });

  it('leaves a draft otherwise', async () => {
    assert.equal((await create(false)).state, 'draft');
    assert.deepEqual(held(), ['draft']);
  });

  it('publishes what is not shown yet', async () => {
    world.simulator.seed({ rules: [{ pattern: /./, delayMs: 'never' }] });
    assert.equal((await create(true)).state, 'active');
    assert.deepEqual(held(), ['active']);
  });

  it('leaves a retired offer retired', async () => {
    await create(true);
    await world.connection.provider.retireOffer('gold');
    assert.equal((await create(true)).state, 'retired');
    assert.deepEqual(held(), ['retired']);
  });
});
