import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compileTemplates } from '../../../../lib/billing/rest/compile';
import { templatesWith } from '../../../../lib/billing/rest/templates';
import type { UsageItem } from '../../../../lib/billing/usage-port';
import { anOffer, failsWith } from '../../../contract/provider';
import { compile } from '../jsonata-compile';
import { type Api, type Json, type StandIn, standIn } from '../stand-in';

const documented: Json = JSON.parse(
  /```json step\n([\s\S]*?)```/.exec(readFileSync('docs/billing-rest.md', 'utf8'))?.[1] ?? '',
);

const offer = { key: 'gold', id: 'o-1', state: 'active', version: '1' };
const create = (before: unknown, body = '{ "key": key, "meters": meters }') => ({
  create: { method: 'POST', path: '/offers', body, before },
  same: 'true',
});
const meters = (more: Json = {}) => ({
  name: 'meters',
  each: 'rates',
  look: { method: 'GET', path: '/meters/{each.meter}', answer: 'id' },
  make: { method: 'POST', path: '/meters', body: '{ "name": each.meter }', answer: 'id' },
  ...more,
});
const rates = ['cpu', 'ram'].map(meter => ({ meter, unit: null, unitPrice: '1' }));

describe('steps before a change, provider rest', () => {
  let billing: StandIn | null = null;
  const open = async (templates: Json, api: Api, options = {}) => {
    billing = await standIn(templates, api, options);
    return billing.connection;
  };
  afterEach(async () => {
    await billing?.close();
    billing = null;
  });

  /** Meters by name; the offer once it was posted. */
  function world(known: string[] = []) {
    const made = new Map(known.map((name, n) => [name, `known-${n}`]));
    let sent: Json | null = null;
    const api: Api = (call, body) => {
      const name = /^GET \/meters\/(.*)/.exec(call)?.[1];
      if (name !== undefined) return made.has(name) ? [200, { id: made.get(name) }] : [404, {}];
      if (call === 'POST /meters') {
        made.set(String(body.name), `made-${made.size}`);
        return [201, { id: made.get(String(body.name)) }];
      }
      if (call === 'POST /offers') sent = body;
      return sent ? [200, offer] : [404, {}];
    };
    return { api, made, sent: () => sent };
  }

  it('look for each, make what is not there, and hand on what they got, in order', async () => {
    const there = world(['ram']);
    const { provider } = await open(create([meters()]), there.api);
    await provider.ensureOffer(anOffer({ rates }));
    assert.deepEqual(there.sent(), { key: 'gold', meters: ['made-1', 'known-0'] });
    assert.deepEqual(
      billing?.calls.filter(call => call.startsWith('POST')),
      ['POST /meters', 'POST /offers'],
    );
  });

  it('are not taken for an offer that is there', async () => {
    const there = world();
    const { provider } = await open(create([meters()]), there.api);
    await provider.ensureOffer(anOffer({ rates }));
    const calls = billing?.calls.length ?? 0;
    await provider.ensureOffer(anOffer({ rates }));
    assert.deepEqual(billing?.calls.slice(calls), ['GET /offers/gold']);
  });

  it('fail clearly for what is not there and is never made', async () => {
    const { make: _make, ...only } = meters();
    const { provider } = await open(create([only]), world().api);
    await assert.rejects(provider.ensureOffer(anOffer({ rates })), (error: Error) => {
      failsWith('BILLING_NOT_FOUND')(error);
      assert.match(error.message, /does not have the meters that offer gold needs.*before\[0\]\.make/);
      return true;
    });
  });

  it('look again when billing says that it exists', async () => {
    let asked = 0;
    const { provider } = await open(create([meters()]), call => {
      if (call === 'POST /meters') return [409, {}];
      if (call.startsWith('GET /meters')) return ++asked > 1 ? [200, { id: 'm-1' }] : [404, {}];
      return call === 'POST /offers' ? [200, offer] : [404, {}];
    });
    assert.equal((await provider.ensureOffer(anOffer({ rates: rates.slice(0, 1) }))).remoteId, 'o-1');
  });

  it('go through pages', async () => {
    const look = {
      ...{ method: 'GET', path: '/meters', query: { page: '{page}' }, answer: 'list[name = $request.each.meter].id' },
      next: 'more ? $page + 1',
    };
    const pages = [{ list: [{ name: 'a', id: 'm-a' }], more: true }, { list: [{ name: 'cpu', id: 'm-cpu' }] }];
    const { provider } = await open(create([meters({ look })]), call => {
      const page = /page=(\d)/.exec(call)?.[1];
      if (page !== undefined) return [200, pages[Number(page) - 1]];
      return call === 'POST /offers' ? [200, offer] : [404, {}];
    });
    await provider.ensureOffer(anOffer({ rates: rates.slice(0, 1) }));
    assert.deepEqual(billing?.calls.slice(1), ['GET /meters?page=1', 'GET /meters?page=2', 'POST /offers']);
  });

  it('take an error inside a success for no absence', async () => {
    const { provider } = await open(create([meters()]), call =>
      call.startsWith('GET /meters') ? [200, { result: 'error', message: 'maintenance' }] : [404, {}],
    );
    await assert.rejects(provider.ensureOffer(anOffer({ rates })), /maintenance/);
    assert.ok(!billing?.calls.includes('POST /meters'));
  });

  it('make a customer as the documents show, and see what the read of a subscription returns besides', async () => {
    let cancelled = '';
    const { subscriptions } = await open(
      {
        subscriptionCreate: {
          method: 'POST',
          path: '/subscriptions',
          body: '{ "who": customer }',
          before: [documented],
        },
        subscriptionRead: { method: 'GET', path: '/subscriptions/{key}' },
        subscriptionCancel: { method: 'DELETE', path: '/inner/{innerId}' },
        subscriptionAnswer: '{ "remoteId": who, "innerId": inner, "state": state }',
      },
      (call, body) => {
        if (call.startsWith('GET /customers')) return [404, {}];
        if (call === 'POST /customers') return [201, { id: `c-${body.key}` }];
        if (call.startsWith('DELETE')) cancelled = call;
        const state = cancelled === '' ? 'active' : 'cancelled';
        if (call === 'POST /subscriptions') return [201, { who: body.who, inner: 'i-7', state }];
        return (billing?.calls ?? []).includes('POST /subscriptions')
          ? [200, { who: 'c-anna', inner: 'i-7', state }]
          : [404, {}];
      },
    );
    const wanted = { key: 's-1', offerKey: 'gold', offerId: null, account: 'anna', name: null, since: '2026-03-01' };
    assert.equal((await subscriptions.ensure(wanted)).remoteId, 'c-anna');
    await subscriptions.cancel('s-1', '2026-03-02');
    assert.equal(cancelled, 'DELETE /inner/i-7');
  });

  for (const [before, words] of [
    [{}, /create\.before is an object .*Write a list of steps/],
    [[{ ...meters(), name: 'key' }], /before\[0\]\.name .*none of key, name/],
    [[{ ...meters(), look: { method: 'GET', path: '/x' } }], /before\[0\]\.look\.answer is left out/],
    [[{ ...meters(), other: 1 }], /before\[0\]\.other is not a field/],
    [
      [meters({ make: { method: 'POST', path: '/x', answer: 'id', body: '{' } })],
      /before\[0\]\.make\.body is not valid JSONata/,
    ],
  ] as const)
    it(`say what is wrong: ${words}`, () => {
      assert.throws(() => compileTemplates(templatesWith(create(before)), compile), words);
    });
});

describe('usage of a meter that billing does not know, provider rest', () => {
  it('waits, beside others that are sent', async () => {
    const item = (key: string, meter: string): UsageItem => ({
      ...{ key, subscription: 'b-1', wapSubscriptionId: 's-1', meter, unit: null, quantity: '1', adjustment: false },
      ...{ startTime: '2026-03-01T09:00:00.000Z', endTime: '2026-03-01T10:00:00.000Z', properties: {} },
    });
    const usage = {
      ...{ method: 'POST', path: '/usage', body: '{ "keys": [items.key] }', batch: 10 },
      meter: { method: 'GET', path: '/meters/{meter}', answer: 'name' },
    };
    const billing = await standIn({ usage }, call => {
      if (call === 'GET /meters/cpu') return [200, { name: 'cpu' }];
      return call.startsWith('GET') ? [404, {}] : [200, {}];
    });
    try {
      const outcomes = await billing.connection.usage.send([item('1', 'gpu'), item('2', 'cpu'), item('3', 'gpu')]);
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        ['retry', 'delivered', 'retry'],
      );
      assert.equal(billing.requests.at(-1)?.text, '{"keys":["2"]}');
      assert.deepEqual(billing.calls, ['GET /meters/gpu', 'GET /meters/cpu', 'POST /usage']);
    } finally {
      await billing.close();
    }
  });
});
