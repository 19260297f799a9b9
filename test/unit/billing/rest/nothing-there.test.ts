import assert from 'node:assert/strict';
import { defaultTemplates } from '../../../../lib/billing/rest/templates';
import type { UsageItem } from '../../../../lib/billing/usage-port';
import type { AdapterError } from '../../../../lib/errors';
import { anOffer, failsWith } from '../../../contract/provider';
import { type Answer, type Api, type Json, type StandIn, standIn } from '../stand-in';

const at = '2026-03-01T00:00:00.000Z';
const item: UsageItem = {
  ...{ key: 'a', subscription: 'b-1', wapSubscriptionId: 's-1', meter: 'cpu', unit: null, quantity: '1' },
  ...{ startTime: at, endTime: at, adjustment: false, properties: {} },
};
const wanted = { key: 'sub-1', offerKey: 'gold', offerId: null, account: null, name: null, since: at };

/** Errors with the status of a success, as several systems write them. */
const errors: Array<[string, unknown]> = [
  ['a result and a message', { result: 'error', message: 'Invalid IP 10.0.0.7' }],
  ['a code, a message and no data', { code: 51, message: 'Invalid IP 10.0.0.7', data: null }],
  ['an error and an empty list', { success: false, error: { message: 'Invalid IP 10.0.0.7' }, offers: [] }],
  ['a list of errors and an empty one', { offers: [], errors: ['x'], message: 'Invalid IP 10.0.0.7' }],
];

describe('what billing does not show', () => {
  let billing: StandIn;
  const start = async (templates: Json, api: Api) => {
    billing = await standIn(templates, api);
    return billing.connection;
  };
  afterEach(() => billing.close());
  const withOwnWords = (error: AdapterError) => {
    assert.equal(error.code, 'BILLING_BAD_RESPONSE', error.message);
    assert.match(error.message, /Invalid IP 10\.0\.0\.7/);
    return true;
  };
  const { usage } = defaultTemplates;
  const firstPage = async (pages?: AsyncIterable<unknown>) => {
    for await (const page of pages ?? []) return page;
    return null;
  };
  const listed = async ({ provider }: StandIn['connection']) => provider.listOffers?.();
  const blind = { usage: { ...usage, answer: undefined } };
  const byFilter = { read: { method: 'GET', path: '/offers', answer: 'offers[0].{ "remoteId": id, "state": state }' } };

  for (const [title, body] of errors) {
    describe(`in an answer 200 with ${title}`, () => {
      const says = (templates: Json = {}) => start(templates, () => [200, body]);

      it('is no absent offer', async () => assert.rejects((await says()).provider.offerState('gold'), withOwnWords));

      it('is no absent offer where it is read by a filter', async () =>
        assert.rejects((await says(byFilter)).provider.offerState('gold'), withOwnWords));

      it('is no empty list', async () => assert.rejects(listed(await says()), withOwnWords));

      it('is no list of one', async () => {
        const list = { method: 'GET', path: '/offers', answer: '{ "key": id, "remoteId": id, "state": state }' };
        await assert.rejects(listed(await says({ list })), withOwnWords);
      });

      it('is no absent subscription, and none to cancel', async () => {
        const { subscriptions } = await says();
        await assert.rejects(subscriptions.state('sub-1'), withOwnWords);
        await assert.rejects(subscriptions.cancel('sub-1', at), withOwnWords);
        await assert.rejects(firstPage(subscriptions.list?.()), withOwnWords);
      });

      it('ends no wait as not in time', async () => {
        const { propagation } = await says();
        const wait = { key: 'gold', until: 'present', intervalMs: 1000, deadlineAt: 0 } as const;
        await assert.rejects(propagation.wait(wait), withOwnWords);
        await assert.rejects(
          Promise.all([propagation.wait(wait), propagation.wait({ ...wait, key: 'b' })]),
          withOwnWords,
        );
      });

      it('is no delivered usage', async () => {
        await assert.rejects((await says(blind)).usage.send([item]), withOwnWords);
        await billing.close();
        await assert.rejects((await says()).usage.send([item, item]), withOwnWords);
      });

      it('passes no check', async () => assert.rejects((await says()).check(), withOwnWords));
    });
  }

  for (const body of [[], { offers: [] }, { data: { items: [] }, total: 0 }])
    it(`is absent when a filter finds an empty list: ${JSON.stringify(body)}`, async () => {
      const { provider } = await start(byFilter, () => [200, body]);
      assert.equal((await provider.offerState('gold')).state, 'absent');
    });

  for (const status of [404, 410])
    it(`is absent with ${status}`, async () => {
      const { provider, subscriptions } = await start({}, () => [status, {}]);
      assert.equal((await provider.offerState('gold')).state, 'absent');
      assert.equal((await subscriptions.state('sub-1')).state, 'absent');
    });

  it('is not concluded from other offers than the one asked for', async () => {
    const { provider } = await start(
      {
        read: { method: 'GET', path: '/plans', answer: '$[code = $request.key].{ "remoteId": id, "state": "active" }' },
      },
      () => [200, [{ code: 'other', id: 1 }]],
    );
    await assert.rejects(provider.offerState('gold'), /templates\.read\.answer gave nothing.*templates\.read\.absent/);
  });

  describe('as the templates declare it', () => {
    const error = 'result = "error" ? message';
    const absent = '$status = 400 and code = 7 or message = "Product not found"';
    const own = {
      error,
      read: { method: 'GET', path: '/p/{key}', absent, answer: '{ "remoteId": id, "state": "active" }' },
    };
    for (const [title, answer, state] of [
      ['absent, by a code', [400, { code: 7, message: 'no catalogue' }], 'absent'],
      ['absent, in a success', [200, { result: 'error', message: 'Product not found' }], 'absent'],
      ['there', [200, { result: 'success', id: 5 }], 'active'],
    ] as const)
      it(`is ${title}`, async () => {
        const { provider } = await start(own, () => [...answer] as Answer);
        assert.equal((await provider.offerState('gold')).state, state);
      });

    for (const [title, answer, code, words] of [
      [
        'by the common template',
        [200, { result: 'error', message: 'Invalid IP' }],
        'BILLING_BAD_RESPONSE',
        /Invalid IP/,
      ],
      ['with another code', [400, { code: 8, message: 'a bad key' }], 'BILLING_INPUT', /answered 400: a bad key/],
      ['without the code', [404, { message: 'no such path' }], 'BILLING_NOT_FOUND', /answered 404: no such path/],
      ['for the credentials', [401, { code: 7 }], 'BILLING_AUTH', /answered 401/],
    ] as const)
      it(`is an error ${title}`, async () => {
        const { provider } = await start(own, () => [...answer] as Answer);
        await assert.rejects(provider.offerState('gold'), words);
        await assert.rejects(provider.offerState('gold'), failsWith(code));
      });

    it('is an error wherever an answer is given, also where the rest of it fits', async () => {
      const {
        provider,
        usage: sink,
        check,
      } = await start({ ...blind, error }, () => [
        200,
        { result: 'error', message: 'Down', key: 'gold', id: 1, state: 'active' },
      ]);
      for (const call of [provider.offerState('gold'), provider.ensureOffer(anOffer()), sink.send([item]), check()])
        await assert.rejects(call, /answered 200 with an error: Down/);
    });

    it('lets answers be texts, and tells which is an error', async () => {
      const texts = { ...blind, usage: { ...blind.usage, error: '$ != "OK" ? $' } };
      let text = 'OK';
      const { usage: sink } = await start(texts, () => [200, text]);
      assert.deepEqual(await sink.send([item]), [{ outcome: 'delivered' }]);
      text = 'ERROR 7';
      await assert.rejects(sink.send([item]), /with an error: ERROR 7/);
      text = '<html>Sign in</html>';
      await assert.rejects(sink.send([item]), /HTML or XML/);
    });
  });

  for (const [title, text] of [
    ['a page', '<html>Sign in</html>'],
    ['a text', 'ERROR: Invalid IP'],
  ] as const)
    it(`is no delivered usage and no check where the answer is ${title}`, async () => {
      const { usage: sink, check } = await start(blind, () => [200, text, { 'Content-Type': 'text/html' }]);
      await assert.rejects(sink.send([item]), failsWith('BILLING_BAD_RESPONSE'));
      await assert.rejects(check(), failsWith('BILLING_BAD_RESPONSE'));
    });

  for (const body of [
    { errorCode: 5, errorMessage: 'Invalid IP 10.0.0.7' },
    { err: 'Invalid IP 10.0.0.7' },
    { success: 0, msg: 'Invalid IP 10.0.0.7' },
    { isError: true, msg: 'Invalid IP 10.0.0.7' },
    { returnCode: 'E12', returnMessage: 'Invalid IP 10.0.0.7', offers: [] },
    { fault: { faultstring: 'Invalid IP 10.0.0.7' } },
    { response: { status: 'error', message: 'Invalid IP 10.0.0.7' } },
    { ResponseStatus: { ErrorCode: 'Unauthorized', Message: 'Invalid IP 10.0.0.7' } },
    { accepted: 7, failed: 3, message: 'Invalid IP 10.0.0.7' },
  ])
    it(`is no delivered usage, no check and no empty list in ${JSON.stringify(body).slice(0, 50)}`, async () => {
      const { usage: sink, check, provider } = await start(blind, () => [200, body]);
      await assert.rejects(sink.send([item]), withOwnWords);
      await assert.rejects(check(), withOwnWords);
      await assert.rejects(Promise.resolve(provider.listOffers?.()), withOwnWords);
    });

  for (const [status, text, type] of [
    [413, '<html>Request Entity Too Large</html>', 'text/html'],
    [405, '<html>Not allowed</html>', 'text/html'],
    [400, '<html>The plain HTTP request was sent to HTTPS port</html>', 'text/html'],
    [400, 'Client sent an HTTP request to an HTTPS server.\n', 'text/plain'],
  ] as const)
    it(`is no judgement of an item where ${status} comes as a page: ${text.slice(0, 40)}`, async () => {
      const { usage: sink } = await start({}, () => [status, text, { 'Content-Type': type }]);
      await assert.rejects(sink.send([item]), failsWith('BILLING_BAD_RESPONSE'));
    });

  for (const text of ['"Invalid API key"', 'false'])
    it(`is no delivered usage where all that is said is ${text}`, async () => {
      const { usage: sink } = await start(blind, () => [200, text, { 'Content-Type': 'application/json' }]);
      await assert.rejects(sink.send([item]), failsWith('BILLING_BAD_RESPONSE'));
    });

  it('counts as delivered usage when the success is empty or says nothing bad', async () => {
    let answer: Answer = [204, ''];
    const { usage: sink } = await start(blind, () => answer);
    assert.deepEqual(await sink.send([item]), [{ outcome: 'delivered' }]);
    answer = [200, { object: 'billing.meter_event', status: 'accepted', errors: [], code: 0, message: 'ok' }];
    assert.deepEqual(await sink.send([item]), [{ outcome: 'delivered' }]);
  });

  it('needs a template that judges where refusals are to be judged', async () => {
    const judged = { usage: { ...usage, answer: undefined, judged: [422] } };
    await assert.rejects(
      standIn(judged, () => [422, {}]),
      failsWith('INPUT_INVALID'),
    );
    billing = await standIn({}, () => [200, {}]);
  });

  describe('after a change that billing says it made', () => {
    const read = { method: 'GET', path: '/offers/{key}' };
    const has =
      (state: string | null): Api =>
      call =>
        call.startsWith('GET')
          ? state === null
            ? [404, {}]
            : [200, { key: 'gold', id: 1, state, name: 'Gold' }]
          : [200, {}];
    const silent = (name: 'publish' | 'retire') => ({
      [name]: { method: 'POST', path: `/offers/{key}/${name}`, answer: 'missing' },
    });

    it('is a failure of the create: neither named nor shown', async () => {
      const create = { ...defaultTemplates.create, answer: 'missing' };
      const { provider } = await start({ create, read }, call =>
        call.startsWith('GET') ? [404, {}] : [200, { result: 'error', message: 'Invalid IP 10.0.0.7' }],
      );
      await assert.rejects(provider.ensureOffer(anOffer()), (error: AdapterError) => {
        assert.deepEqual([error.code, error.cause.retryable], ['BILLING_NOT_FOUND', true]);
        assert.match(error.message, /answered 200.*shows none.*Invalid IP/);
        return true;
      });
      assert.equal(billing.calls.filter(call => call.startsWith('POST')).length, 1);
    });

    it('is a failure of the create when the answer speaks of another offer', async () => {
      const { provider } = await start({}, call =>
        call.startsWith('GET') ? [404, {}] : [200, { key: 'other', id: 1, state: 'draft' }],
      );
      await assert.rejects(provider.ensureOffer(anOffer()), /another key/);
    });

    for (const [name, state] of [
      ['publish', 'draft'],
      ['retire', 'active'],
    ] as const)
      it(`is a failure to ${name} while the offer is ${state}`, async () => {
        const { provider } = await start(silent(name), has(state));
        const act = name === 'publish' ? provider.publishOffer('gold') : provider.retireOffer('gold');
        await assert.rejects(act, new RegExp(`answered 200 as if .* shows it as ${state}`));
      });

    it('is no success to retire that the answer claims and a look denies', async () => {
      const { provider } = await start({}, call =>
        call.startsWith('GET')
          ? [200, { key: 'gold', id: 1, state: 'active' }]
          : [200, { key: 'gold', id: 1, state: 'retired' }],
      );
      await assert.rejects(provider.retireOffer('gold'), /shows it as active/);
    });

    for (const [verb, state] of [
      ['suspend', 'active'],
      ['resume', 'suspended'],
      ['cancel', 'active'],
    ] as const)
      it(`is a failure to ${verb} while the subscription is ${state}`, async () => {
        const { subscriptions } = await start({}, call =>
          call.startsWith('GET')
            ? [200, { key: 'sub-1', id: 1, state, offer: 'gold' }]
            : [200, { result: 'error', key: 'x', id: 1, state: 'absent' }],
        );
        await assert.rejects(subscriptions[verb]('sub-1', at), new RegExp(`shows the subscription sub-1 as ${state}`));
      });

    it('is a failure to change the plan while the offer is the old one', async () => {
      const { subscriptions } = await start(
        { subscriptionPlan: { method: 'PUT', path: '/s/{key}', answer: 'missing' } },
        call => (call.startsWith('GET') ? [200, { key: 'sub-1', id: 1, state: 'active', offer: 'gold' }] : [200, {}]),
      );
      const change = subscriptions.changePlan('sub-1', { offerKey: 'silver', offerId: null }, at);
      await assert.rejects(change, /shows the subscription sub-1 with the offer gold/);
    });

    it('is a failure to subscribe when nothing is shown, with the words of billing', async () => {
      const { subscriptions } = await start(
        { subscriptionAnswer: '$exists(id) ? { "remoteId": id, "state": state }' },
        call => (call.startsWith('GET') ? [404, {}] : [200, { result: 'error', message: 'Invalid IP 10.0.0.7' }]),
      );
      await assert.rejects(subscriptions.ensure(wanted), /shows none.*Invalid IP/);
    });
  });

  describe('in a list', () => {
    const list = {
      ...{ method: 'GET', path: '/offers', query: { page: '{page}', per_page: '{pageSize}' } },
      ...{ items: 'offers', pageSize: 200, answer: '{ "key": $string(id), "remoteId": id, "state": "active" }' },
    };
    const offers = Array.from({ length: 7 }, (_none, id) => ({ id }));
    const page = (call: string) => Number(/page=(\d+)/.exec(call)?.[1]);

    it('is on the next page where the server gives fewer than asked for', async () => {
      const { provider } = await start({ list }, call => [
        200,
        { offers: offers.slice((page(call) - 1) * 3, page(call) * 3) },
      ]);
      assert.equal((await provider.listOffers?.())?.length, 7);
    });

    it('is nowhere where a server knows no page behind the last one', async () => {
      const { provider } = await start({ list }, call => (page(call) === 1 ? [200, { offers }] : [404, {}]));
      assert.equal((await provider.listOffers?.())?.length, 7);
    });
  });

  it('is asked for again, and billing for a check, before a wait is not in time', async () => {
    let reads = 0;
    const { propagation } = await start({}, call => {
      if (!call.includes('/offers/')) return [200, { offers: [] }];
      reads += 1;
      return reads === 1 ? [404, {}] : [200, { key: 'gold', id: 1, state: 'active' }];
    });
    const wait = { key: 'gold', until: 'present', intervalMs: 1000, deadlineAt: 0 } as const;
    assert.equal((await propagation.wait(wait)).outcome, 'ready');
  });

  it('is not concluded from an address that is not the one of billing', async () => {
    const { propagation } = await start({}, () => [404, 'page not found', { 'Content-Type': 'text/plain' }]);
    const wait = { key: 'gold', until: 'present', intervalMs: 1000, deadlineAt: 0 } as const;
    await assert.rejects(propagation.wait(wait), failsWith('BILLING_NOT_FOUND'));
  });
});

describe('an offer that exists, as the templates declare it', () => {
  let billing: StandIn;
  afterEach(() => billing.close());
  const refusing = async (exists: unknown) => {
    billing = await standIn({ create: { ...defaultTemplates.create, exists } }, call =>
      call.startsWith('GET') ? [404, {}] : [400, { code: 2060, message: 'Invalid currency XYZ' }],
    );
    return billing.connection.provider;
  };

  for (const [title, exists] of [
    ['by its status', [400]],
    ['by its code', '$status = 400 and code = 50000'],
  ] as const)
    it(`does not swallow why another was refused (${title})`, async () => {
      await assert.rejects((await refusing(exists)).ensureOffer(anOffer()), (error: AdapterError) => {
        assert.equal(error.code, 'BILLING_INPUT');
        assert.match(error.message, /Invalid currency XYZ/);
        return true;
      });
    });

  it('is looked up when the expression says so', async () => {
    let reads = 0;
    const gold = { key: 'gold', id: 1, state: 'active', name: 'Gold', kind: 'plan', price: '19.90' };
    billing = await standIn({ create: { ...defaultTemplates.create, exists: 'message = "Product exists"' } }, call => {
      if (call.startsWith('GET')) return ++reads === 1 ? [404, {}] : [200, gold];
      return [200, { result: 'error', message: 'Product exists' }];
    });
    assert.equal((await billing.connection.provider.ensureOffer(anOffer())).remoteId, '1');
  });
});
