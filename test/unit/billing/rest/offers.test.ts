import assert from 'node:assert/strict';
import fc from 'fast-check';
import { idempotencyKey } from '../../../../lib/billing/idempotency';
import { defaultTemplates, type RestTemplates } from '../../../../lib/billing/rest/templates';
import type { AdapterError, ErrorCode } from '../../../../lib/errors';
import type { FaultRule } from '../../../../simulator/fault';
import { anOffer, failsWith } from '../../../contract/provider';
import { holds } from '../../../harness/property';
import { InstantClock } from '../../http/instant-clock';
import { type BillingWorld, type BillingWorldOptions, billingWorld } from '../billing-world';

describe('billing provider rest', () => {
  let world: BillingWorld | null = null;
  const start = async (options: BillingWorldOptions = {}) => {
    world = await billingWorld({ clock: new InstantClock(), ...options });
    return { ...world, provider: world.connection.provider };
  };
  const withTemplates = (templates: Partial<RestTemplates>) =>
    start({ templates: { ...defaultTemplates, ...templates } });
  afterEach(async () => {
    await world?.close();
    world = null;
  });

  const faults: Array<[string, Omit<FaultRule, 'path' | 'method'>]> = [
    ['a connection that breaks before', { kind: 'reset-before' }],
    ['a connection that breaks after the effect', { kind: 'reset-after' }],
    ['an answer cut short', { kind: 'cut-json' }],
    ['an error 500 before', { kind: 'status', status: 500 }],
    ['an error 503 after the effect', { kind: 'status', status: 503, afterEffect: true }],
    ['an HTML page 502', { kind: 'html' }],
    ['an HTML page 502 after the effect', { kind: 'html', afterEffect: true }],
    ['a request to slow down', { kind: 'rate', retryAfterS: 1 }],
  ];
  const calls: Array<[string, Pick<FaultRule, 'method' | 'path'>]> = [
    ['read', { method: 'GET', path: '/offers/gold' }],
    ['create', { method: 'POST', path: '/offers' }],
    ['publish', { method: 'POST', path: '/offers/gold/publish' }],
    ['retire', { method: 'POST', path: '/offers/gold/retire' }],
  ];
  for (const idempotencyHeader of ['', 'Idempotency-Key'])
    for (const [call, route] of calls)
      for (const [what, fault] of faults)
        it(`gets one offer through its life with ${what} at ${call}${idempotencyHeader && ', with a key'}`, async () => {
          const { simulator, provider } = await start({ settings: { idempotencyHeader } });
          const played = simulator.faults.add({ ...fault, ...route });
          assert.ok((await provider.ensureOffer(anOffer())).remoteId);
          assert.equal((await provider.publishOffer('gold')).state, 'active');
          assert.equal((await provider.retireOffer('gold')).state, 'retired');
          assert.deepEqual(
            simulator.state.offers.map(offer => [offer.key, offer.state]),
            [['gold', 'retired']],
          );
          assert.equal(played.hits, 1);
        });

  for (const idempotencyHeader of ['', 'Idempotency-Key'])
    it(`fails with the reason when billing stays broken${idempotencyHeader && ', with a key'}`, async () => {
      const { simulator, provider } = await start({ retries: 2, settings: { idempotencyHeader } });
      const fault = simulator.faults.add({ kind: 'status', method: 'POST', path: '/offers', times: Infinity });
      await assert.rejects(provider.ensureOffer(anOffer()), (error: AdapterError) => {
        assert.deepEqual(
          [error.code, error.cause.retryable, error.cause.subject],
          ['BILLING_SERVER', true, 'offer gold'],
        );
        return true;
      });
      assert.equal(fault.hits, 3);
    });

  it('repeats no longer than the total time allows', async () => {
    const { simulator, provider } = await start({ retries: 100 });
    const fault = simulator.faults.add({ kind: 'reset-before', method: 'POST', path: '/offers', times: Infinity });
    await assert.rejects(provider.ensureOffer(anOffer()), failsWith('BILLING_NETWORK'));
    assert.equal(fault.hits, 8); // the seven waits of 0.25 to 16 s fit into 60 s, the eighth does not
  });

  it('does not repeat a create because its answer does not fit the template', async () => {
    const { simulator, provider } = await withTemplates({ create: { ...defaultTemplates.create, answer: '"gold"' } });
    simulator.seed({ rules: [{ pattern: /./, delayMs: 'never' }] });
    await assert.rejects(provider.ensureOffer(anOffer()), failsWith('BILLING_BAD_RESPONSE'));
    assert.equal(simulator.log.entries({ method: 'POST' }).length, 1);
  });

  it('looks before every repeat of a create without a key', async () => {
    const { simulator, provider } = await start();
    simulator.faults.add({ kind: 'reset-before', method: 'POST', path: '/offers', times: 2 });
    await provider.ensureOffer(anOffer());
    assert.deepEqual(
      simulator.log.entries({ path: /^\/offers/ }).map(entry => entry.method),
      ['GET', 'POST', 'GET', 'POST', 'GET', 'POST'],
    );
  });

  it('repeats a create with a key without looking', async () => {
    const { simulator, provider } = await start({ settings: { idempotencyHeader: 'Idempotency-Key' } });
    simulator.faults.add({ kind: 'reset-after', method: 'POST', path: '/offers' });
    await provider.ensureOffer(anOffer());
    assert.deepEqual(
      simulator.log.entries({ path: /^\/offers/ }).map(entry => entry.method),
      ['GET', 'POST', 'POST'],
    );
  });

  it('does not publish or retire what is there already', async () => {
    const { simulator, provider } = await start();
    simulator.seed({
      offers: [
        { key: 'a', name: 'A', state: 'active' },
        { key: 'r', name: 'R', state: 'retired' },
      ],
    });
    await provider.publishOffer('a');
    await provider.retireOffer('r');
    assert.deepEqual(simulator.log.entries({ method: 'POST' }), []);
  });

  it('retires an offer that is not shown yet', async () => {
    const { simulator, provider } = await start();
    simulator.seed({ rules: [{ pattern: /./, delayMs: 'never' }] });
    await provider.ensureOffer(anOffer());
    await provider.retireOffer('gold');
    assert.notEqual(simulator.state.offers[0]?.state, 'draft');
  });

  it('takes a 404 for an offer that is still shown as a wrong template', async () => {
    const { provider } = await withTemplates({ retire: { method: 'POST', path: '/nowhere/{key}' } });
    await provider.ensureOffer(anOffer());
    await assert.rejects(provider.retireOffer('gold'), failsWith('BILLING_NOT_FOUND'));
  });

  it('names the template that is missing', async () => {
    const { publish: _publish, retire: _retire, ...rest } = defaultTemplates;
    const { provider } = await start({ templates: rest });
    await provider.ensureOffer(anOffer());
    await assert.rejects(provider.publishOffer('gold'), failsWith('INPUT_CONFIG'));
    await assert.rejects(provider.retireOffer('gold'), /templates\.retire/);
  });

  it("uses billing's own id where a template asks for it", async () => {
    const { provider, simulator } = await withTemplates({
      publish: { method: 'POST', path: '/offers/{key}/publish', query: { id: '{remoteId}' } },
    });
    await assert.rejects(provider.publishOffer('gold'), failsWith('BILLING_NOT_FOUND'));
    assert.deepEqual(simulator.log.entries({ method: 'POST' }), []);
    await provider.ensureOffer(anOffer());
    assert.equal((await provider.publishOffer('gold')).state, 'active');
  });

  it('reads states by the table and numbers as text', async () => {
    const { provider } = await withTemplates({
      states: { draft: 'retired' },
      answer: '{ "key": key, "remoteId": 42, "state": state, "version": 1.5 }',
    });
    const made = await provider.ensureOffer(anOffer());
    assert.deepEqual(made, { key: 'gold', remoteId: '42', state: 'retired', version: '1.5' });
  });

  for (const [what, answer, problem] of [
    ['a state that no table knows', '{ "remoteId": id, "state": "on-sale" }', /"on-sale".*templates\.states/],
    ['no state', '{ "remoteId": id }', /nothing as state/],
    ['no id', '{ "state": state }', /nothing as remoteId/],
    ['a text', '"gold"', /a text of 4 characters, not an object/],
    ['another key', '{ "key": "x", "remoteId": id, "state": state }', /another key/],
  ] as const)
    it(`cannot use an answer with ${what}`, async () => {
      const { provider, simulator } = await withTemplates({ answer });
      simulator.seed({ offers: [{ key: 'gold', name: 'Gold' }] });
      await assert.rejects(provider.offerState('gold'), (error: AdapterError) => {
        assert.equal(error.code, 'BILLING_BAD_RESPONSE');
        assert.match(error.message, problem);
        return true;
      });
    });

  for (const [what, same, fields] of [
    ['true', 'true', null],
    ['false', 'found.name = "Other"', ['what templates.same compares']],
    ['a list of fields', '["tax", "terms"]', ['tax', 'terms']],
    ['an empty list', '[]', null],
    ['what is sent and found', 'sent.name = found.name and offer.key = found.key', null],
  ] as const)
    it(`compares by a template that gives ${what}`, async () => {
      const { provider } = await withTemplates({ same });
      await provider.ensureOffer(anOffer());
      const again = provider.ensureOffer(anOffer());
      if (fields === null) return assert.equal((await again).key, 'gold');
      await assert.rejects(again, (error: AdapterError) => {
        assert.equal(error.code, 'BILLING_OFFER_DIFFERS');
        assert.deepEqual(error.cause.details, { fields });
        return true;
      });
    });

  it('compares an offer in the way although it is not shown yet', async () => {
    const { simulator, provider } = await start();
    simulator.seed({ rules: [{ pattern: /./, delayMs: 'never' }] });
    await provider.ensureOffer(anOffer());
    await assert.rejects(provider.ensureOffer(anOffer({ price: '5' })), failsWith('BILLING_OFFER_DIFFERS'));
  });

  it('says absent when the offer in the way is neither sent along nor shown', async () => {
    const { existing: _existing, ...create } = defaultTemplates.create;
    const { simulator, provider } = await withTemplates({ create });
    simulator.seed({ rules: [{ pattern: /./, delayMs: 'never' }] });
    await provider.ensureOffer(anOffer());
    const unseen = { key: 'gold', remoteId: null, state: 'absent', version: null };
    assert.deepEqual(await provider.ensureOffer(anOffer({ price: '5' })), unseen);
  });

  it('reads back what a create without a body made', async () => {
    const { provider } = await withTemplates({ create: { ...defaultTemplates.create, answer: 'missing' } });
    assert.ok((await provider.ensureOffer(anOffer())).remoteId);
  });

  it('takes another status than 409 for "exists" when told so', async () => {
    const { simulator, provider } = await withTemplates({ create: { ...defaultTemplates.create, exists: [422] } });
    const fault = { kind: 'status', status: 422, method: 'POST', path: '/offers' } as const;
    simulator.faults.add({ ...fault, afterEffect: true });
    assert.ok((await provider.ensureOffer(anOffer())).remoteId);
    simulator.faults.add(fault);
    await assert.rejects(provider.ensureOffer(anOffer({ key: 'silver' })), failsWith('BILLING_INPUT'));
  });

  it('ends a list that repeats its page', async () => {
    const { simulator, provider } = await withTemplates({
      list: { method: 'GET', path: '/offers', items: 'offers', pageSize: 1 },
    });
    simulator.seed({
      offers: [
        { key: 'a', name: 'A' },
        { key: 'b', name: 'B' },
      ],
    });
    assert.equal((await provider.listOffers?.())?.length, 2);
    assert.equal(simulator.log.entries({ path: '/offers' }).length, 2);
  });

  it('follows the next page that billing names', async () => {
    const { simulator, provider } = await withTemplates({
      list: {
        method: 'GET',
        path: '/offers',
        query: { page: '{page}', per_page: '1' },
        items: 'offers',
        next: '$count = 1 ? $page + 1',
      },
    });
    simulator.seed({ offers: ['a', 'b', 'c'].map(key => ({ key, name: key })) });
    const offers = await provider.listOffers?.();
    assert.deepEqual(
      offers?.map(offer => offer.key),
      ['a', 'b', 'c'],
    );
  });

  it('lists nobody who has no key, and the version that can be sold', async () => {
    const { simulator, provider } = await withTemplates({
      list: {
        method: 'GET',
        path: '/offers',
        items: 'offers',
        answer: '{ "key": name = "none" ? null : name, "remoteId": key, "state": state }',
      },
    });
    simulator.seed({
      offers: [
        { key: '1', name: 'gold', state: 'retired' },
        { key: '2', name: 'gold', state: 'active' },
        { key: '3', name: 'gold', state: 'draft' },
        { key: '4', name: 'none' },
      ],
    });
    assert.deepEqual(await provider.listOffers?.(), [{ key: 'gold', remoteId: '2', state: 'active', version: null }]);
  });

  for (const [what, auth] of [
    ['no credentials', { kind: 'none' }],
    ['another token', { kind: 'bearer', token: 'sesame-wrong' }],
    ['a user', { kind: 'basic', user: 'otto', password: 'sesame-wrong' }],
    ['another header', { kind: 'header', name: 'X-Api-Key', value: 'sesame-wrong' }],
  ] as const)
    it(`is told that ${what} will not do, and keeps the secret`, async () => {
      const { provider } = await start({ settings: { auth } });
      await assert.rejects(provider.offerState('gold'), (error: AdapterError) => {
        assert.equal(error.code, 'BILLING_AUTH');
        assert.doesNotMatch(`${error.message} ${JSON.stringify(error)} ${error.stack}`, /sesame/);
        return true;
      });
    });

  it('is let in by a header of any name', async () => {
    const { provider } = await start({
      simulator: { token: 'open' },
      settings: { auth: { kind: 'header', name: 'Authorization', value: 'Bearer open' } },
    });
    assert.equal((await provider.offerState('gold')).state, 'absent');
  });

  const refusals: Array<[string, string, ErrorCode]> = [
    ['an empty key', '', 'INPUT_INVALID'],
    ['a key of dots', '..', 'INPUT_INVALID'],
    ['a key that is no Unicode', '\ud800', 'INPUT_INVALID'],
  ];
  for (const [what, key, code] of refusals)
    it(`refuses ${what} before any call`, async () => {
      const { simulator, provider } = await start();
      await assert.rejects(provider.ensureOffer(anOffer({ key })), failsWith(code));
      assert.deepEqual(simulator.log.entries(), []);
    });
});

describe('the idempotency key', () => {
  it('is made of target, operation and offer', () =>
    assert.equal(idempotencyKey('billing:30100', 'create', 'gold plan'), 'billing%3A30100:create:gold%20plan'));

  it('is a short header value, another one for every other offer', () => {
    holds(
      'the idempotency key: is a short header value, another one for every other offer',
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        (a, b) => {
          const [one, other] = [idempotencyKey('t', 'create', a), idempotencyKey('t', 'create', b)];
          assert.match(one, /^[\x21-\x7e]{1,255}$/);
          assert.equal(one === other, a === b);
        },
      ),
      { examples: [['a'.repeat(300), 'b'.repeat(300)]] },
    );
  });
});
