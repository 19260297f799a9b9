import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultTemplates, type RestTemplates } from '../../../lib/billing/rest/templates';
import { followEvent } from '../../../lib/tenants/follow';
import { billInstances } from '../../../lib/tenants/instances';
import { tenantVerbs, timeOf } from '../../../lib/tenants/verbs';
import type { UsageEvent } from '../../../lib/wap/types';
import { failsWith } from '../../contract/provider';
import { holds } from '../../harness/property';
import { cleanScratch } from '../state/scratch';
import { anEvent, type TenantWorld, tenantWorld } from './tenant-world';

const id = 'aaaaaaaa-0000-0000-0000-000000000001';
const whole = { SubscriptionID: id, SubscriptionName: 'Anna', PlanId: 'gold', State: 1, CoAdminNames: null };
const entity = { ...whole, AccountAdminLiveEmailId: 'anna@one.example', Created: '2026-01-31T12:00:00.5' };
/** Only what changed; the rest is at its default (dn448756). */
const patch = (changed: object) => ({
  ...{ SubscriptionID: id, SubscriptionName: null, PlanId: '', State: 0, AddOnReferences: [] },
  ...{ AccountAdminLiveEmailId: null, Created: '0001-01-01T00:00:00' },
  ...changed,
});
const bought = { AddOnId: 'extra', AddOnInstanceId: null, AcquisitionTime: null };

describe('billing follows the events of subscriptions', () => {
  let world: TenantWorld;
  beforeEach(async () => {
    world = await tenantWorld();
  });
  afterEach(() => world.close());
  after(() => cleanScratch());

  const keep = async (event: UsageEvent) => {
    const outcome = await followEvent(world.tools, event);
    for (const entry of outcome.entries)
      await world.mapping.store.transaction(tx => world.mapping.put(tx, entry, { by: 'test', replace: 'own' }));
    return outcome;
  };
  const words = async (event: UsageEvent) => {
    const { output, reason } = await keep(event);
    return reason ? `${output}: ${reason}` : output;
  };
  const billed = (key = id) => world.billing.simulator.state.subscriptions.find(each => each.key === key);
  const steps = (key = id) => billed(key)?.history.map(({ step, at }) => `${step} ${at}`);

  it('goes through a life, each step from the time of its event', async () => {
    assert.equal(await words(anEvent(1, 'POST', entity)), 'done');
    await keep(anEvent(2, 'PATCH', patch({ State: 2 })));
    await keep(anEvent(3, 'PATCH', patch({ State: 1 })));
    await keep(anEvent(4, 'PATCH', patch({ PlanId: 'silver' })));
    await keep(anEvent(5, 'DELETE', { ...entity, State: 3 }));
    assert.deepEqual(steps(), [
      'created 2026-01-31T12:00:00.500Z',
      'suspended 2026-02-01T00:00:02.143Z',
      'resumed 2026-02-01T00:00:03.143Z',
      'plan-changed 2026-02-01T00:00:04.143Z',
      'cancelled 2026-02-01T00:00:05.143Z',
    ]);
    assert.deepEqual([billed()?.account, billed()?.name], ['anna@one.example', 'Anna']);
    const entry = await world.mapping.store.transaction(tx => world.mapping.getByWapId(tx, 'subscription', id));
    assert.deepEqual([entry.billingId, entry.name], [billed()?.id, 'Anna'], 'the mapping stays after DELETE');
  });

  it('is one in billing, whatever the case in which its id comes, and an add-on of it too', async () => {
    const capitals = id.toUpperCase();
    await keep(anEvent(1, 'POST', { ...entity, SubscriptionID: capitals, PlanId: 'GOLD' }));
    await keep(anEvent(2, 'PATCH', patch({ State: 2 })));
    world.wap.sim.seed({ subscriptions: [{ ...entity, CoAdminNames: null }] });
    await keep(anEvent(3, 'PATCH', patch({ State: 1 })));
    await world.wap.wap.subscriptions.buyAddOn(id, 'extra');
    for (const [number, EntityParentId] of [
      [4, id],
      [5, capitals],
    ] as const)
      await keep(anEvent(number, 'POST', { ...bought, AddOnId: 'EXTRA' }, { EntityParentId }));
    const keys = world.billing.simulator.state.subscriptions.map(({ key }) => key.split('.')[0]);
    assert.deepEqual(keys, [capitals, id]);
    assert.equal(steps(capitals)?.length, 3);
  });

  it('takes what a PATCH leaves at its default for unchanged', async () => {
    await keep(anEvent(1, 'POST', entity));
    await keep(anEvent(2, 'PATCH', patch({ State: 2 })));
    await keep(anEvent(3, 'PATCH', patch({ CoAdminNames: ['bob@one.example'] })));
    assert.deepEqual([billed()?.state, billed()?.offer], ['suspended', 'gold']);
  });

  for (const [title, event, expected] of [
    ['is pending', anEvent(1, 'POST', entity, { State: 2 }), 'ignored: notCommitted'],
    ['was rejected', anEvent(1, 'POST', entity, { State: 1 }), 'ignored: notCommitted'],
    ['deletes what was never known', anEvent(1, 'DELETE', { SubscriptionID: id, State: 3 }), 'ignored: neverKnown'],
    ['changes what WAP does not have any more', anEvent(1, 'PATCH', patch({ State: 2 })), 'ignored: goneFromWap'],
    [
      'says nothing that billing must know',
      anEvent(1, 'PATCH', patch({ CoAdminNames: ['b'] })),
      'ignored: notRelevant',
    ],
    ['is to a plan that is not mapped', anEvent(1, 'POST', { ...entity, PlanId: 'new' }), 'waiting: planNotMapped'],
  ] as const)
    it(`does nothing when the event ${title}`, async () => {
      assert.equal(await words(event), expected);
      assert.deepEqual(world.billing.simulator.state.subscriptions, []);
    });

  it('goes on once the plan is mapped and billing has the offer', async () => {
    const event = anEvent(1, 'POST', { ...entity, PlanId: 'new' });
    await keep(event);
    await world.mapping.store.transaction(tx =>
      world.mapping.put(tx, { kind: 'plan', wapId: 'new', billingId: 'off_1' }, { by: 'test' }),
    );
    assert.equal(await words(event), 'waiting: offerNotThere');
    world.billing.simulator.seed({ offers: [{ key: 'new', name: 'New' }] });
    assert.equal(await words(event), 'done');
    assert.equal(billed()?.offer, 'new');
  });

  it('reads the rest from WAP for a change of a subscription not known before', async () => {
    world.wap.sim.seed({ subscriptions: [{ ...entity, CoAdminNames: null, PlanId: 'silver' }] });
    assert.equal(await words(anEvent(7, 'PATCH', patch({ State: 2 }))), 'done');
    assert.deepEqual([billed()?.state, billed()?.offer], ['suspended', 'silver']);
  });

  it('takes a method that is a number for an upsert, and deleting for suspended', async () => {
    assert.equal(await words(anEvent(1, '0', entity)), 'done');
    await keep(anEvent(2, 'PUT', { ...entity, State: 3 }));
    assert.equal(billed()?.state, 'suspended');
  });

  it('refuses what is no such event', async () => {
    for (const given of [null, 7, {}, anEvent(1, 'POST', { Id: 'gold' }), [anEvent(1, 'POST', entity)]])
      await assert.rejects(followEvent(world.tools, given), failsWith('INPUT_INVALID'));
  });

  it('reports one that billing has cancelled although WAP has it', async () => {
    await keep(anEvent(1, 'POST', entity));
    await world.billing.connection.subscriptions.cancel(id, '2026-02-01T00:00:00Z');
    await assert.rejects(keep(anEvent(2, 'PATCH', patch({ State: 1 }))), failsWith('BILLING_CONFLICT'));
  });

  for (const kind of ['reset-before', 'reset-after', 'cut-json', 'rate', 'html', 'status'] as const)
    it(`ends where it should although a call to billing fails (${kind})`, async () => {
      const events = [
        anEvent(1, 'POST', entity),
        anEvent(2, 'PATCH', patch({ State: 2 })),
        anEvent(3, 'DELETE', entity),
      ];
      for (const event of events) {
        world.billing.simulator.faults.add({ kind, path: /subscriptions/, times: 5, retryAfterS: 1 });
        await keep(event).catch(() => undefined);
        world.billing.simulator.faults.clear();
        await keep(event);
      }
      assert.deepEqual(
        billed()?.history.map(({ step }) => step),
        ['created', 'suspended', 'cancelled'],
      );
      assert.equal(world.billing.simulator.state.subscriptions.length, 1);
    });

  describe('that billing cannot follow', () => {
    const without = async (...names: Array<keyof typeof defaultTemplates>) => {
      await world.close();
      const templates = { ...defaultTemplates, ...Object.fromEntries(names.map(name => [name, null])) };
      world = await tenantWorld({ templates: templates as unknown as RestTemplates });
    };
    const suspended = anEvent(2, 'PATCH', patch({ State: 2 }));
    const moved = anEvent(3, 'PATCH', patch({ PlanId: 'silver' }));
    const deleted = anEvent(5, 'DELETE', entity);

    it('leaves out a suspension, and goes on with what comes after it', async () => {
      await without('subscriptionSuspend', 'subscriptionResume');
      await keep(anEvent(1, 'POST', entity));
      assert.equal(await words(suspended), 'done: notSupported');
      assert.equal(await words(moved), 'done: notSupported');
      assert.deepEqual([billed()?.state, billed()?.offer], ['active', 'silver']);
      assert.equal(await words(anEvent(4, 'PATCH', patch({ State: 1 }))), 'done');
      await world.billing.connection.subscriptions.state(id);
      assert.equal(await words(deleted), 'done');
      assert.equal(billed()?.state, 'cancelled');
    });

    it('leaves out a change of plan, an end and a beginning', async () => {
      await without('subscriptionPlan', 'subscriptionCancel');
      await keep(anEvent(1, 'POST', entity));
      assert.equal(await words(moved), 'done: notSupported');
      assert.equal(await words(deleted), 'done: notSupported');
      assert.deepEqual([billed()?.state, billed()?.offer], ['active', 'gold']);
      await without('subscriptionCreate');
      assert.equal(await words(anEvent(1, 'POST', entity)), 'done: notSupported');
    });

    it('leaves it out as a verb too', async () => {
      await without('subscriptionSuspend', 'subscriptionPlan');
      await keep(anEvent(1, 'POST', entity));
      const request = { key: id, planId: 'silver', at: '2026-03-01T00:00:00Z' };
      for (const verb of ['suspend', 'changePlan'] as const) {
        const { output, reason, billed: shown } = await tenantVerbs[verb](world.tools, request);
        assert.deepEqual([output, reason, shown?.state], ['done', 'notSupported', 'active']);
      }
    });
  });

  describe('or a verb, whatever they say', () => {
    const at = '2026-03-01T00:00:00Z';
    const act = async (verb: keyof typeof tenantVerbs, more: object = {}) => {
      const { output, reason, billed: shown } = await tenantVerbs[verb](world.tools, { key: id, at, ...more });
      const held = world.billing.simulator.state.subscriptions.find(({ key }) => key === shown?.key);
      return [output, reason, held?.state, held?.offer];
    };
    beforeEach(async () => {
      world.wap.sim.seed({ subscriptions: [{ ...whole, SubscriptionID: id }] });
    });

    it('creates what WAP shows, and nothing that it does not', async () => {
      assert.deepEqual(await act('create', { key: 'nobody' }), ['ignored', 'goneFromWap', undefined, undefined]);
      assert.deepEqual(await act('create'), ['done', null, 'active', 'gold']);
      assert.deepEqual(await act('create', { key: `${id}.none` }), ['ignored', 'goneFromWap', undefined, undefined]);
      const { AddOnInstanceId } = await world.wap.wap.subscriptions.buyAddOn(id, 'extra');
      const key = `${id}.${AddOnInstanceId}`;
      assert.deepEqual(await act('create', { key }), ['done', null, 'active', 'extra']);
      assert.deepEqual(await act('cancel', { key }), ['done', null, 'cancelled', 'extra']);
      assert.deepEqual(await act('suspend'), ['done', null, 'suspended', 'gold']);
    });

    it('changes to a plan that is named and mapped', async () => {
      await act('create');
      await assert.rejects(act('changePlan'), failsWith('INPUT_MISSING'));
      assert.deepEqual(await act('changePlan', { planId: 'tin' }), ['waiting', 'planNotMapped', undefined, undefined]);
      assert.deepEqual(await act('changePlan', { planId: 'silver' }), ['done', null, 'active', 'silver']);
    });

    it('holds from a time that is given, or from now', () => {
      const now = Date.UTC(2026, 0, 2);
      assert.equal(timeOf(undefined, now), '2026-01-02T00:00:00.000Z');
      assert.equal(timeOf('2026-03-01T01:00:00.5', now), '2026-03-01T01:00:00.500Z');
      assert.throws(() => timeOf('soon', now), failsWith('INPUT_INVALID'));
    });
  });

  it('tells a customer that billing does not know from an offer', async () => {
    const noSuch = { kind: 'status', status: 404, method: 'POST', path: '/subscriptions' } as const;
    world.billing.simulator.faults.add(noSuch);
    assert.equal(await words(anEvent(1, 'POST', entity)), 'waiting: accountNotThere');
    assert.equal(await words(anEvent(1, 'POST', entity)), 'done');
  });

  it('ends the same for every order and every repeat', async () => {
    const change = fc.oneof(
      fc.record({ State: fc.constantFrom(1, 2) }),
      fc.record({ PlanId: fc.constantFrom('gold', 'silver') }),
      fc.record({ State: fc.constantFrom(1, 2), PlanId: fc.constantFrom('gold', 'silver') }),
    );
    const history = fc.record({ changes: fc.array(change, { maxLength: 4 }), deleted: fc.boolean() });
    const place = fc.infiniteStream(fc.nat({ max: 1_000_000 }));
    await holds(
      'that billing cannot follow: ends the same for every order and every repeat',
      fc.asyncProperty(history, place, async ({ changes, deleted }, places) => {
        const fresh = await tenantWorld();
        try {
          const events = [
            anEvent(1, 'POST', entity),
            ...changes.map((changed, index) => anEvent(index + 2, index % 2 ? 'PUT' : 'PATCH', patch(changed))),
            ...(deleted ? [anEvent(50, 'DELETE', entity)] : []),
          ];
          const last: { State: number; PlanId: string } = Object.assign({ State: 1, PlanId: 'gold' }, ...changes);
          if (!deleted) fresh.wap.sim.seed({ subscriptions: [{ ...entity, CoAdminNames: null, ...last }] });
          const random = () => places.next().value ?? 0;
          const twice = [...events, ...events]
            .map(event => ({ event, at: random() }))
            .sort((one, other) => one.at - other.at);
          for (const { event } of twice) {
            const { entries } = await followEvent(fresh.tools, event);
            for (const entry of entries)
              await fresh.mapping.store.transaction(tx => fresh.mapping.put(tx, entry, { by: 'test' }));
          }
          const [only, ...others] = fresh.billing.simulator.state.subscriptions;
          const state = deleted ? 'cancelled' : last.State === 2 ? 'suspended' : 'active';
          // After the end the plan does not matter any more.
          assert.deepEqual([only?.state, deleted || only?.offer, others], [state, deleted || last.PlanId, []]);
          assert.equal(
            (await fresh.mapping.store.transaction(tx => fresh.mapping.getByWapId(tx, 'subscription', id))).billingId,
            only?.id,
          );
        } finally {
          await fresh.close();
        }
      }),
      { numRuns: 25 },
    );
  }).timeout(120_000);

  it('leaves the name that the mapping has when no event says one', async () => {
    await keep(anEvent(1, 'POST', { ...entity, SubscriptionName: null }));
    const { kind, wapId, billingId } = await world.mapping.store.transaction(tx =>
      world.mapping.getByWapId(tx, 'subscription', id),
    );
    await world.mapping.store.transaction(tx =>
      world.mapping.put(tx, { kind, wapId, billingId, name: 'Given by hand' }, { by: 'test' }),
    );
    await keep(anEvent(2, 'PATCH', patch({ State: 2 })));
    assert.equal(
      (await world.mapping.store.transaction(tx => world.mapping.getByWapId(tx, 'subscription', id))).name,
      'Given by hand',
    );
  });

  describe('and of their add-ons', () => {
    const instances = () =>
      world.billing.simulator.state.subscriptions.filter(({ offer }) => offer === 'extra').map(({ state }) => state);
    const event = (number: number, method = 'POST', Entity: object = bought) =>
      anEvent(number, method, { ...Entity }, { EntityParentId: id });
    beforeEach(async () => {
      world.wap.sim.seed({ subscriptions: [{ ...entity, CoAdminNames: null }] });
      await keep(anEvent(1, 'POST', entity));
    });
    const buy = () => world.wap.wap.subscriptions.buyAddOn(id, 'extra');

    it('counts the instances although the events name none, in whatever number they come', async () => {
      const [one, other] = [await buy(), await buy()];
      for (const number of [2, 3, 2]) assert.equal(await words(event(number)), 'done');
      assert.deepEqual(instances(), ['active', 'active']);
      const key = `${id}.${one.AddOnInstanceId}`;
      assert.equal(
        (await world.mapping.store.transaction(tx => world.mapping.getByWapId(tx, 'subscriptionAddon', key))).billingId,
        billed(key)?.id,
      );
      assert.equal(billed(key)?.account, 'anna@one.example');
      await world.wap.wap.subscriptions.dropAddOn(id, 'extra', String(other.AddOnInstanceId));
      assert.equal(await words(event(4, 'DELETE', other)), 'done');
      assert.deepEqual(instances(), ['active', 'cancelled']);
      for (const number of [2, 4]) await keep(number === 4 ? event(4, 'DELETE', other) : event(2));
      assert.deepEqual(instances(), ['active', 'cancelled']);
    });

    it('bills the others while one has to wait', async () => {
      const [late, usual] = [
        { AddOnId: 'new', AddOnInstanceId: 'i-1', AcquisitionTime: null },
        { AddOnId: 'extra', AddOnInstanceId: 'i-2', AcquisitionTime: null },
      ];
      const live = await world.wap.wap.subscriptions.get(id);
      const { output, reason, entries } = await billInstances(world.tools, live, [late, usual], {
        at: '2026-02-01T00:00:00Z',
        suspended: false,
      });
      assert.deepEqual(
        [output, reason, entries.map(({ wapId }) => wapId)],
        ['waiting', 'addOnNotMapped', [`${id}.i-2`]],
      );
      assert.deepEqual(instances(), ['active']);
    });

    it('cancels what is gone when a DELETE names no instance', async () => {
      const [one] = [await buy(), await buy()];
      await keep(event(2));
      await world.wap.wap.subscriptions.dropAddOn(id, 'extra', String(one.AddOnInstanceId));
      await keep(event(3, 'DELETE'));
      assert.deepEqual(instances(), ['cancelled', 'active']);
    });

    it('cancels none because WAP leaves them out of its answer', async () => {
      await buy();
      await keep(event(2));
      const body = { SubscriptionID: id, PlanId: 'gold', State: 1 };
      world.wap.sim.faults.add({ kind: 'claim', path: /^\/subscriptions\//, body, times: 2 });
      await assert.rejects(words(event(3, 'DELETE')), { code: 'WAP_BAD_RESPONSE' });
      assert.deepEqual(instances(), ['active']);
    });

    it('suspends, resumes and cancels them with their subscription', async () => {
      await buy();
      await keep(event(2));
      for (const [number, State, state] of [
        [3, 2, 'suspended'],
        [4, 1, 'active'],
      ] as const) {
        await keep(anEvent(number, 'PATCH', patch({ State })));
        assert.deepEqual(instances(), [state]);
      }
      await keep(anEvent(5, 'DELETE', entity));
      assert.deepEqual(instances(), ['cancelled']);
    });

    it('bills one bought while suspended as suspended', async () => {
      await keep(anEvent(2, 'PATCH', patch({ State: 2 })));
      await buy();
      await keep(event(3));
      assert.deepEqual(instances(), ['suspended']);
    });

    it('waits for the subscription and for the offer of the add-on', async () => {
      await buy();
      await world.mapping.store.transaction(tx => world.mapping.remove(tx, 'subscription', id, 'test'));
      assert.equal(await words(event(2)), 'waiting: subscriptionNotBilled');
      await keep(anEvent(1, 'POST', entity));
      await world.mapping.store.transaction(tx => world.mapping.remove(tx, 'addon', 'extra', 'test'));
      assert.equal(await words(event(2)), 'waiting: addOnNotMapped');
    });

    it('ignores what was bought and dropped before it was looked at', async () => {
      assert.equal(await words(event(2)), 'ignored: neverKnown');
      assert.equal(await words(event(3, 'DELETE', { ...bought, AddOnInstanceId: 'gone' })), 'ignored: neverKnown');
      assert.deepEqual(instances(), []);
    });
  });
});
