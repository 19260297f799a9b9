import assert from 'node:assert/strict';
import type { BillingConnection } from '../../lib/billing/connection';
import { openBilling } from '../../lib/billing/connection';
import type { Offer } from '../../lib/billing/port';
import type { WantedSubscription } from '../../lib/billing/subscription-port';
import type { SendOutcome, UsageItem } from '../../lib/billing/usage-port';
import { type RunningStandIn, runStandIn, type SystemModel, type SystemUnderTest } from '../stand-ins/system';
import { compile } from '../unit/billing/jsonata-compile';
import { InstantClock } from '../unit/http/instant-clock';
import { anOffer, failsWith } from './provider';

/** What a system does not do; the rest of the contract holds for all. */
export interface Lacks {
  drafts?: true;
  retire?: true;
  suspend?: true;
  rates?: true;
  fractions?: true;
}

const rates = [
  { meter: 'cpu', unit: 'hours', unitPrice: '0.0125' },
  { meter: 'ram', unit: null, unitPrice: '0.07' },
];

const aSubscription = (more: Partial<WantedSubscription> = {}): WantedSubscription => ({
  ...{ key: 'sub-1', offerKey: 'gold', offerId: null, account: 'tenant@hoster.example', name: 'Tenant one' },
  since: '2026-03-01T00:00:00.000Z',
  ...more,
});

/** What every known billing system promises, on a stand-in that behaves as its documents say. */
export function systemContract(system: SystemUnderTest, lacks: Lacks = {}): void {
  describe(`billing system ${system.name}: the contract`, () => {
    let model: SystemModel;
    let there: RunningStandIn;
    let billing: BillingConnection;

    const priced = (more: Partial<Offer> = {}) =>
      anOffer({ price: '19.90 EUR per month', ...(lacks.rates ? {} : { rates }), ...more });
    const wantedRates = lacks.rates ? {} : { cpu: 0.0125, ram: 0.07 };
    const open = (more: Partial<SystemUnderTest['settings']> = {}, retries = 2, { url } = there) =>
      openBilling(
        {
          ...system.settings,
          ...more,
          http: { baseUrl: url, attemptTimeoutMs: 5000, totalTimeoutMs: 60_000, retries },
        },
        { compile, clock: new InstantClock() },
      );

    beforeEach(async () => {
      model = system.model();
      there = await runStandIn(model, system.base);
      billing = open();
    });
    afterEach(async () => {
      billing.close();
      await there.close();
    });

    /** The number of changes that `act` makes in a world of its own. */
    async function changesOf(act: (billing: BillingConnection) => Promise<unknown>): Promise<number> {
      const own = await runStandIn(system.model(), system.base);
      const connection = open({}, 2, own);
      try {
        await act(connection);
        return own.changes.length;
      } finally {
        connection.close();
        await own.close();
      }
    }

    describe('offers', () => {
      it('answers a check, and refuses wrong credentials', async () => {
        await billing.check();
        const { auth } = system.settings;
        const wrong =
          auth.kind === 'basic' ? { ...auth, password: 'other' } : { kind: 'bearer' as const, token: 'other' };
        const stranger = open({ auth: wrong });
        await assert.rejects(stranger.check(), failsWith('BILLING_AUTH'));
        stranger.close();
      });

      it('is empty where nobody has made anything', async () => {
        assert.equal((await billing.provider.offerState('gold')).state, 'absent');
        assert.deepEqual((await billing.provider.listOffers?.()) ?? [], []);
      });

      it('makes an offer with its price and the prices of usage, and publishes it', async () => {
        const made = await billing.provider.ensureOffer(priced());
        assert.ok(made.remoteId);
        assert.equal(made.state, lacks.drafts ? 'active' : 'draft');
        assert.equal((await billing.provider.publishOffer('gold')).state, 'active');
        assert.deepEqual(model.offers(), { gold: { state: 'active', price: 19.9, rates: wantedRates } });
      });

      it('takes the same again as done, without a change', async () => {
        const made = await billing.provider.ensureOffer(priced());
        const changes = there.changes.length;
        assert.equal((await billing.provider.ensureOffer(priced())).remoteId, made.remoteId);
        assert.equal(there.changes.length, changes);
      });

      it('names the price that differs', async () => {
        await billing.provider.ensureOffer(priced());
        await assert.rejects(billing.provider.ensureOffer(priced({ price: '5' })), /differs in price\./);
      });

      if (!lacks.rates)
        it('names prices of usage that differ', async () => {
          await billing.provider.ensureOffer(priced());
          const other = [{ meter: 'cpu', unit: null, unitPrice: '0.02' }];
          await assert.rejects(billing.provider.ensureOffer(priced({ rates: other })), /differs in rates\./);
          await assert.rejects(billing.provider.ensureOffer(priced({ rates: [] })), /differs in rates\./);
        });
      else
        it('says before any call that it takes no prices of usage', async () => {
          await assert.rejects(billing.provider.ensureOffer(priced({ rates })), failsWith('INPUT_CONFIG'));
          assert.deepEqual(there.calls, []);
        });

      it('makes an offer without any price', async () => {
        await billing.provider.ensureOffer(priced({ price: null, rates: [] }));
        assert.deepEqual(model.offers().gold, {
          ...{ state: lacks.drafts ? 'active' : 'draft', price: 0, rates: {} },
        });
        await billing.provider.ensureOffer(priced({ price: null, rates: [] }));
      });

      for (const price of ['ask us', '10 or 20', '19.90 USD', '1,200', '-5'])
        it(`refuses the price "${price}" before any call`, async () => {
          await assert.rejects(billing.provider.ensureOffer(priced({ price })), failsWith('INPUT_INVALID'));
          assert.deepEqual(there.calls, []);
        });

      for (const key of ['7f3a9c1e-22b0-4f6d-9a51-0c4d8e5b7a10', 'Goldb4n7qk2x', `Plan${'x'.repeat(80)}`])
        it(`makes and finds an offer with the key ${key}`, async () => {
          await billing.provider.ensureOffer(priced({ key }));
          assert.notEqual((await billing.provider.offerState(key)).state, 'absent');
          assert.deepEqual(Object.keys(model.offers()), [key]);
        });

      it('makes the next offer after one that was refused', async () => {
        await billing.provider.ensureOffer(priced({ key: 'Gold plan (r2)' })).catch(() => undefined);
        await billing.provider.ensureOffer(priced());
        assert.equal(model.offers().gold?.price, 19.9);
      });

      it('makes one when asked twice at the same time', async () => {
        const asked = [billing.provider.ensureOffer(priced()), billing.provider.ensureOffer(priced())];
        const answers = await Promise.allSettled(asked);
        assert.ok(answers.some(({ status }) => status === 'fulfilled'));
        assert.deepEqual(Object.keys(model.offers()), ['gold']);
        assert.deepEqual(model.doubles(), []);
      });

      /** An offer whose meters no other one has, so that all of it is made. */
      const newOffer = (n: number) =>
        priced({
          key: `gold${n}`,
          ...(lacks.rates ? {} : { rates: [{ meter: `cpu${n}`, unit: null, unitPrice: '0.07' }] }),
        });
      const ofNewOffer = (n: number) => ({ price: 19.9, rates: lacks.rates ? {} : { [`cpu${n}`]: 0.07 } });

      it('makes one of each when the answer to any of its calls is lost', async () => {
        const changes = await changesOf(each => each.provider.ensureOffer(newOffer(0)));
        assert.ok(changes >= 1);
        for (let n = 1; n <= changes; n++) {
          there.loseAnswer(n);
          await billing.provider.ensureOffer(newOffer(n));
          const { state: _state, ...made } = model.offers()[`gold${n}`] ?? {};
          assert.deepEqual(made, ofNewOffer(n), `answer ${n} of ${changes}`);
          assert.deepEqual(model.doubles(), [], `answer ${n} of ${changes}`);
        }
      });

      it('completes what was made half-way, whichever call failed', async () => {
        const changes = await changesOf(each => each.provider.ensureOffer(newOffer(0)));
        const hasty = open({}, 0);
        for (let n = 1; n <= changes; n++) {
          there.failChange(n);
          await assert.rejects(hasty.provider.ensureOffer(newOffer(n)), failsWith('BILLING_SERVER'));
          assert.equal((await billing.provider.offerState(`gold${n}`)).state, 'absent');
          await billing.provider.ensureOffer(newOffer(n));
          const { state: _state, ...made } = model.offers()[`gold${n}`] ?? {};
          assert.deepEqual(made, ofNewOffer(n), `call ${n} of ${changes}`);
          assert.deepEqual(model.doubles(), [], `call ${n} of ${changes}`);
        }
        hasty.close();
      });

      if (!lacks.retire)
        it('retires, again too, and what is not there', async () => {
          await billing.provider.ensureOffer(priced());
          await billing.provider.publishOffer('gold');
          const isGone = ({ state }: { state: string }) => state === 'retired' || state === 'absent';
          assert.ok(isGone(await billing.provider.retireOffer('gold')));
          assert.ok(isGone(await billing.provider.retireOffer('gold')));
          assert.ok(isGone(await billing.provider.retireOffer('none')));
          assert.equal(model.offers().gold?.state, 'retired');
        });

      it('lists all of them, page after page', async () => {
        const keys = ['a1', 'b2', 'c3', 'd4', 'e5'];
        for (const key of keys) await billing.provider.ensureOffer(priced({ key }));
        const listed = (await billing.provider.listOffers?.()) ?? [];
        assert.deepEqual(listed.map(({ key }) => key).sort(), keys);
      });
    });

    describe('subscriptions', () => {
      const publish = async (key: string, connection = billing) => {
        await connection.provider.ensureOffer(priced({ key }));
        await connection.provider.publishOffer(key);
      };

      it('makes one, with its account', async () => {
        await publish('gold');
        const made = await billing.subscriptions.ensure(aSubscription());
        assert.equal(made.state, 'active');
        assert.deepEqual(model.subscriptions(), { 'sub-1': { offer: 'gold', paused: false } });
        assert.deepEqual(
          await billing.subscriptions.ensure(aSubscription()),
          await billing.subscriptions.state('sub-1'),
        );
      });

      it('makes two of one account', async () => {
        await publish('gold');
        await billing.subscriptions.ensure(aSubscription());
        await billing.subscriptions.ensure(aSubscription({ key: 'sub-2' }));
        assert.deepEqual(Object.keys(model.subscriptions()), ['sub-1', 'sub-2']);
      });

      it('refuses an offer that is not there, and makes nothing of it', async () => {
        await assert.rejects(billing.subscriptions.ensure(aSubscription({ offerKey: 'none' })), (error: Error) => {
          assert.match(String((error as { code?: string }).code), /^BILLING_(NOT_FOUND|INPUT)$/);
          return true;
        });
        assert.deepEqual(model.subscriptions(), {});
      });

      it('changes the plan, and cancels what it became', async () => {
        await publish('gold');
        await publish('silver');
        await billing.subscriptions.ensure(aSubscription());
        const silver = { offerKey: 'silver', offerId: null };
        await billing.subscriptions.changePlan('sub-1', silver, '2026-03-02T00:00:00.000Z');
        assert.deepEqual(model.subscriptions(), { 'sub-1': { offer: 'silver', paused: false } });
        await billing.subscriptions.cancel('sub-1', '2026-03-03T00:00:00.000Z');
        assert.deepEqual(model.subscriptions(), {});
        assert.deepEqual(model.doubles(), []);
      });

      it('cancels again, and what is not there', async () => {
        await publish('gold');
        await billing.subscriptions.ensure(aSubscription());
        for (const key of ['sub-1', 'sub-1', 'none'])
          assert.match((await billing.subscriptions.cancel(key, '2026-03-03T00:00:00.000Z')).state, /cancelled|absent/);
        assert.deepEqual(model.subscriptions(), {});
      });

      if (lacks.suspend)
        it('says that it cannot suspend', () => {
          assert.equal(billing.subscriptions.can.suspend, false);
          assert.equal(billing.subscriptions.can.resume, false);
        });
      else
        it('suspends and resumes, twice each', async () => {
          await publish('gold');
          await billing.subscriptions.ensure(aSubscription());
          for (const verb of ['suspend', 'suspend', 'resume', 'resume'] as const) {
            await billing.subscriptions[verb]('sub-1', '2026-03-02T00:00:00.000Z');
            assert.deepEqual(model.subscriptions()['sub-1']?.paused, verb === 'suspend');
          }
        });

      it('makes one when the answer to any of its calls is lost', async () => {
        const changes = await changesOf(async each => {
          await publish('gold', each);
          await each.subscriptions.ensure(aSubscription());
        });
        const offers = await changesOf(each => publish('gold', each));
        await publish('gold');
        for (let n = 1; n <= changes - offers; n++) {
          there.loseAnswer(n);
          const account = `tenant${n}@hoster.example`;
          await billing.subscriptions.ensure(aSubscription({ key: `sub-${n}`, account }));
          assert.deepEqual(model.subscriptions()[`sub-${n}`], { offer: 'gold', paused: false });
          assert.deepEqual(model.doubles(), [], `answer ${n}`);
        }
      });
    });

    describe('usage', () => {
      const item = (key: string, subscription: string, more: Partial<UsageItem> = {}): UsageItem => ({
        ...{ key, subscription, wapSubscriptionId: 'sub-1', meter: 'cpu', unit: 'hours', quantity: '1' },
        ...{ startTime: '2026-03-01T09:00:00.000Z', endTime: '2026-03-01T10:00:00.000Z' },
        ...{ adjustment: false, properties: {} },
        ...more,
      });
      const send = async (items: UsageItem[]): Promise<SendOutcome[]> => {
        const { batch } = billing.usage.limits;
        const outcomes: SendOutcome[] = [];
        for (let at = 0; at < items.length; at += batch)
          outcomes.push(...(await billing.usage.send(items.slice(at, at + batch))));
        return outcomes;
      };
      const words = (outcomes: SendOutcome[]) => outcomes.map(({ outcome }) => outcome);
      let address: string;

      beforeEach(async () => {
        await billing.provider.ensureOffer(priced());
        await billing.provider.publishOffer('gold');
        address = (await billing.subscriptions.ensure(aSubscription())).remoteId ?? '';
      });

      it('bills one, and a batch, and what is more than a batch', async () => {
        const count = Math.min(billing.usage.limits.batch, 100) + 2;
        const items = Array.from({ length: count }, (_, n) => item(`use-${n}`, address, { quantity: String(n + 1) }));
        assert.deepEqual(
          words(await send(items)),
          items.map(() => 'delivered'),
        );
        assert.deepEqual(
          model
            .billed()
            ['sub-1']?.cpu?.map(Number)
            .sort((a, b) => a - b),
          items.map((_, n) => n + 1),
        );
      });

      it('bills what it gets again once', async () => {
        const items = [item('use-1', address), item('use-2', address, { quantity: '2' })];
        await send(items);
        const again = await send(items);
        assert.ok(
          words(again).every(word => word === 'delivered' || word === 'duplicate'),
          String(words(again)),
        );
        assert.deepEqual(model.billed()['sub-1']?.cpu, ['1', '2']);
      });

      it('bills once when the answer is lost', async () => {
        there.loseAnswer(1);
        const first = await send([item('use-1', address)]);
        if (first[0]?.outcome === 'retry') await send([item('use-1', address)]);
        assert.deepEqual(model.billed()['sub-1']?.cpu, ['1']);
      });

      if (!lacks.fractions)
        it('bills the exact decimal', async () => {
          const quantities = ['0.1', '0.123456789012', '1000000000000000'];
          await send(quantities.map((quantity, n) => item(`use-${n}`, address, { quantity })));
          assert.deepEqual(model.billed()['sub-1']?.cpu, quantities);
        });

      it('holds usage of a meter that billing does not know, and sends the others', async () => {
        const [held] = await send([item('use-1', address, { meter: 'gpu' })]);
        assert.equal(held?.outcome, 'retry');
        assert.match(held?.outcome === 'retry' ? held.reason : '', /no meter gpu/);
        await send([item('use-2', address)]);
        assert.deepEqual(model.billed(), { 'sub-1': { cpu: ['1'] } });
      });

      it('asks for a meter once', async () => {
        await send([item('use-1', address)]);
        const calls = there.calls.length;
        await send([item('use-2', address)]);
        assert.equal(there.calls.length, calls + 1);
      });
    });
  });
}
