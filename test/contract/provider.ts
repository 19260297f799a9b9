import assert from 'node:assert/strict';
import type { BillingProvider, Offer, OfferState } from '../../lib/billing/port';
import { AdapterError, type ErrorCode } from '../../lib/errors';
import { aPlan } from '../builders';

/** A billing system of its own for one test, and our side of it. */
export interface ProviderWorld {
  provider: BillingProvider;
  /** What billing really holds, shown or not: key → state. */
  held(): Record<string, OfferState>;
  /** From now on billing shows no new offer. */
  hideNewOffers(): void;
  /** The next such call takes effect, but its answer is lost. */
  loseAnswer(call: 'create' | 'publish' | 'retire'): void;
  close(): Promise<void>;
}

export function anOffer(overrides: Partial<Offer> = {}): Offer {
  return {
    key: 'gold',
    name: 'Gold',
    kind: 'plan',
    description: 'Databases for a team',
    price: '19.90',
    rates: [],
    plan: aPlan(),
    ...overrides,
  };
}

export const failsWith = (code: ErrorCode) => (error: unknown) => {
  assert.ok(error instanceof AdapterError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

/** What every provider promises. A new one passes this before it is wired. */
export function providerContract(name: string, make: () => Promise<ProviderWorld>): void {
  describe(`billing provider ${name}: the contract`, () => {
    let world: ProviderWorld;
    let provider: BillingProvider;
    beforeEach(async () => {
      world = await make();
      provider = world.provider;
    });
    afterEach(() => world.close());

    it("creates an offer once and gives billing's id for it", async () => {
      const made = await provider.ensureOffer(anOffer());
      assert.equal(made.key, 'gold');
      assert.ok(made.remoteId);
      assert.deepEqual(await provider.ensureOffer(anOffer()), made);
      assert.deepEqual(Object.keys(world.held()), ['gold']);
    });

    it('makes one offer when asked twice at the same time', async () => {
      const [one, other] = await Promise.all([provider.ensureOffer(anOffer()), provider.ensureOffer(anOffer())]);
      assert.deepEqual(one, other);
      assert.deepEqual(Object.keys(world.held()), ['gold']);
    });

    it('refuses another offer with the same key, naming what differs', async () => {
      await provider.ensureOffer(anOffer());
      await assert.rejects(provider.ensureOffer(anOffer({ name: 'Silver' })), (error: AdapterError) => {
        assert.equal(error.code, 'BILLING_OFFER_DIFFERS');
        assert.match(JSON.stringify(error.cause.details), /name/);
        return true;
      });
    });

    it('believes the answer of its own create while billing shows nothing', async () => {
      world.hideNewOffers();
      const made = await provider.ensureOffer(anOffer());
      assert.ok(made.remoteId);
      assert.equal((await provider.offerState('gold')).state, 'absent');
    });

    it('counts an offer that exists but is not shown as created', async () => {
      world.hideNewOffers();
      await provider.ensureOffer(anOffer());
      await provider.ensureOffer(anOffer());
      assert.deepEqual(Object.keys(world.held()), ['gold']);
    });

    it('says absent for a key that billing does not know', async () => {
      const unknown = { key: 'none', remoteId: null, state: 'absent', version: null };
      assert.deepEqual(await provider.offerState('none'), unknown);
    });

    for (const key of ['a/b', '50 % & more?', 'é😀', '{key}', 'a+b', '%2e%2e'])
      it(`carries the key ${key} unchanged`, async () => {
        await provider.ensureOffer(anOffer({ key }));
        assert.equal((await provider.publishOffer(key)).key, key);
        assert.deepEqual(world.held(), { [key]: 'active' });
      });

    it('publishes, and publishes again without harm', async () => {
      await provider.ensureOffer(anOffer());
      assert.equal((await provider.publishOffer('gold')).state, 'active');
      assert.equal((await provider.publishOffer('gold')).state, 'active');
      assert.deepEqual(world.held(), { gold: 'active' });
    });

    it('says clearly that an unknown offer cannot be published', async () => {
      await assert.rejects(provider.publishOffer('none'), failsWith('BILLING_NOT_FOUND'));
    });

    it('retires, and retires again without harm', async () => {
      await provider.ensureOffer(anOffer());
      await provider.publishOffer('gold');
      assert.equal((await provider.retireOffer('gold')).state, 'retired');
      assert.equal((await provider.retireOffer('gold')).state, 'retired');
      assert.deepEqual(world.held(), { gold: 'retired' });
    });

    it('retires what billing does not know as a success', async () => {
      assert.equal((await provider.retireOffer('none')).state, 'absent');
    });

    it('makes one offer when the answer to create is lost', async () => {
      world.loseAnswer('create');
      const made = await provider.ensureOffer(anOffer());
      assert.deepEqual(made, await provider.offerState('gold'));
      assert.deepEqual(Object.keys(world.held()), ['gold']);
    });

    it('makes one offer when the answer to create is lost and nothing is shown', async () => {
      world.hideNewOffers();
      world.loseAnswer('create');
      await provider.ensureOffer(anOffer());
      assert.deepEqual(Object.keys(world.held()), ['gold']);
    });

    it('publishes although the answer is lost', async () => {
      await provider.ensureOffer(anOffer());
      world.loseAnswer('publish');
      assert.equal((await provider.publishOffer('gold')).state, 'active');
    });

    it('retires although the answer is lost', async () => {
      await provider.ensureOffer(anOffer());
      world.loseAnswer('retire');
      assert.equal((await provider.retireOffer('gold')).state, 'retired');
    });

    it('lists every offer, where it can list', async () => {
      const keys = Array.from({ length: 7 }, (_, n) => `offer-${n}`);
      for (const key of keys) await provider.ensureOffer(anOffer({ key, name: key }));
      const listed = await provider.listOffers?.();
      if (!listed) return;
      assert.deepEqual(listed.map(offer => offer.key).sort(), keys);
      const { name: _name, ...first } = listed[0] ?? { key: '' };
      assert.deepEqual(first, await provider.offerState(first.key));
    });

    it('answers a check', () => provider.check());

    for (const [what, act] of [
      ['ensureOffer', (signal: AbortSignal) => provider.ensureOffer(anOffer(), { signal })],
      ['offerState', (signal: AbortSignal) => provider.offerState('gold', { signal })],
      ['check', (signal: AbortSignal) => provider.check({ signal })],
    ] as const)
      it(`gives up ${what} when told to`, async () => {
        await assert.rejects(act(AbortSignal.abort()), failsWith('ABORTED'));
        assert.deepEqual(world.held(), {});
      });
  });
}
