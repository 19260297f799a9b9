import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { priceMessage } from '../../../lib/calls/asked-message';
import { answerCall, wasAnswered } from '../../../lib/calls/open-endpoints';
import { planNames } from '../../../lib/calls/plan-names';
import { readPrefix } from '../../../lib/calls/prefix';
import { type NameOf, type PriceRow, priceInTable } from '../../../lib/calls/price-table';
import { openPrices, type PricesOptions } from '../../../lib/calls/prices';
import { readAnswer } from '../../../lib/calls/read-answer';
import { newToken } from '../../../lib/calls/token';
import type { AskedPrice } from '../../../lib/calls/waiting-prices';
import type { AdapterError } from '../../../lib/errors';
import { aPlan } from '../../builders';
import { call, password, user } from '../../nodes/calls-world';
import { ManualClock } from '../billing/manual-clock';
import { fails } from '../state/scratch';

const price = (text: string) => ({ answer: 'price', price: text }) as const;

describe('prices that WAP asks for', () => {
  let clock: ManualClock;
  let asked: AskedPrice[];
  let late: unknown[];
  let failures: unknown[];
  let ending: AbortController;
  let server: Server;
  let url: string;
  beforeEach(() => {
    [clock, asked, late, failures, ending] = [new ManualClock(), [], [], [], new AbortController()];
  });
  afterEach(async () => {
    ending.abort();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  const options = (more: Partial<PricesOptions>): PricesOptions => ({
    ...{ clock, endpoint: '/wap', owner: 'Prices', credentials: { user, password }, signal: ending.signal },
    ...{ source: 'flow', table: [], nameOf: async () => null, form: 'json', deadlineMs: 10_000 },
    ask: question => void asked.push(question),
    late: question => void late.push(question),
    refused: () => void failures.push('refused'),
    fail: error => void failures.push(error),
    ...more,
  });
  const open = async (more: Partial<PricesOptions> = {}) => {
    const handlers = openPrices(options(more));
    server = createServer((request, response) => {
      const name = request.url?.slice(1).split('?', 1)[0]?.toLowerCase() ?? '';
      void handlers[name]?.(request, response);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const get = async (path: string) => {
    const { status, text, headers } = await call(`${url}/${path}`, { method: 'GET' });
    return { status, text, type: headers['content-type'] };
  };
  const question = async (times = 1): Promise<AskedPrice> => {
    while (asked.length < times) await new Promise(resolve => setImmediate(resolve));
    return asked[times - 1] ?? assert.fail();
  };

  it('come from the flow, which hears what WAP said', async () => {
    await open();
    const answer = get('AddonPrice?ID=extra&Region=north&subscriptionId=s1&username=');
    const { request, token, deadlineAt } = await question();
    const wanted = { kind: 'addon', id: 'extra', region: 'north', username: null, subscriptionId: 's1' };
    assert.deepEqual([request, deadlineAt], [wanted, clock.now() + 10_000]);
    assert.deepEqual(priceMessage({ request, token, deadlineAt }), {
      ...{ topic: 'price/addon', payload: wanted, pricing: { ...wanted, token, deadlineAt } },
    });
    await answerCall(token, price('9 EUR'));
    assert.deepEqual(await answer, { status: 200, text: '"9 EUR"', type: 'application/json; charset=utf-8' });
    assert.equal(await wasAnswered(token), false);
  });

  it('come as plain text where that is wanted', async () => {
    await open({ form: 'text', source: 'table', table: [{ plan: '*', price: '1 EUR' }] });
    assert.deepEqual(await get('PlanPrice?id=gold'), {
      ...{ status: 200, text: '1 EUR', type: 'text/plain; charset=utf-8' },
    });
  });

  it('are asked of the flow once for all who ask the same meanwhile', async () => {
    await open();
    const both = [get('PlanPrice?id=gold'), get('PlanPrice?id=gold')];
    const other = get('PlanPrice?id=tin');
    const questions = [await question(1), await question(2)];
    for (const { token, request } of questions) await answerCall(token, price(`of ${request.id}`));
    assert.deepEqual(
      (await Promise.all([...both, other])).map(({ text }) => text),
      ['"of gold"', '"of gold"', '"of tin"'],
    );
    assert.equal(asked.length, 2);
  });

  it('are those of before when the flow is late, else those of the table', async () => {
    await open({ table: [{ plan: 'gold', price: '1 EUR' }] });
    const inTime = get('PlanPrice?id=gold');
    await answerCall((await question(1)).token, price('9 EUR'));
    await inTime;
    const answers = [get('PlanPrice?id=gold'), get('PlanPrice?id=GOLD'), get('PlanPrice?id=tin')];
    await question(4);
    clock.advance(10_000);
    assert.deepEqual(
      (await Promise.all(answers)).map(({ status, text }) => [status, text]),
      [
        [200, '"9 EUR"'],
        [200, '"1 EUR"'],
        [404, '{"error":"There is no price for it."}'],
      ],
    );
    assert.equal(late.length, 2);
  });

  it('of the flow that come too late are kept for the next request', async () => {
    await open();
    const first = get('PlanPrice?id=gold');
    const { token } = await question(1);
    clock.advance(10_000);
    assert.equal((await first).status, 404);
    await assert.rejects(answerCall(token, price('9 EUR')), fails('CALL_LATE', /kept for the next request/));
    const next = get('PlanPrice?id=gold');
    await question(2);
    clock.advance(10_000);
    assert.equal((await next).text, '"9 EUR"');
  });

  it('are not answered twice, nor with a decision', async () => {
    await open();
    const answer = get('PlanPrice?id=gold');
    const { token } = await question();
    const decision = answerCall(token, { answer: 'approve', reason: undefined });
    await assert.rejects(decision, fails('INPUT_INVALID', /^answer: this request wants price, not approve/));
    await answerCall(token, price('9 EUR'));
    await answer;
    await assert.rejects(answerCall(token, price('8 EUR')), fails('CALL_ANSWERED', /answered before/));
  });

  it('are refused for a parameter that is too long to be one, saying so without its text', async () => {
    await open();
    const { status, text } = await get(`PlanPrice?region=${'x'.repeat(501)}`);
    assert.equal(status, 400);
    assert.match(text, /region: expected at most 500 characters, but got a text of 501 characters/);
    assert.deepEqual(
      failures.map(error => (error as AdapterError).code),
      ['CALL_MALFORMED'],
    );
  });

  it('are no longer waited for when the node closes, which is no failure', async () => {
    await open();
    const answer = get('PlanPrice?id=gold');
    const { token } = await question();
    ending.abort();
    assert.equal((await answer).status, 503);
    assert.deepEqual(failures, []);
    await assert.rejects(answerCall(token, price('9 EUR')), fails('CALL_UNKNOWN', /No node serves \/wap now/));
  });

  it('have a prefix of their own', async () => {
    await open();
    assert.throws(
      () => openPrices(options({ owner: 'Others' })),
      fails('INPUT_CONFIG', /"Prices" serves \/wap already/),
    );
  });
});

describe('the price table', () => {
  const find = async (table: PriceRow[], id: string | null, name: string | null = null) => {
    let times = 0;
    const nameOf: NameOf = async () => {
      times += 1;
      return name;
    };
    return [await priceInTable(table, { kind: 'plan', id }, nameOf), times];
  };
  const [byId, byName, others] = [
    { plan: 'Gold1', price: 'by id' },
    { plan: 'gold', price: 'by name' },
    { plan: '*', price: 'for all' },
  ];

  for (const [what, table, id, name, expected, times] of [
    ['an id in any case', [byName, byId, others], 'GOLD1', 'Gold', 'by id', 0],
    ['a name in any case', [byName, others], 'GOLD1', 'GOLD', 'by name', 1],
    ['all others', [byName, others], 'tin', 'Tin', 'for all', 1],
    ['all others, without a name', [byName, others], 'tin', null, 'for all', 1],
    ['all others, with nothing to look for', [others], 'tin', 'Tin', 'for all', 0],
    ['a request without an id', [byId, others], null, null, 'for all', 0],
    ['nothing', [byId], 'tin', 'Tin', undefined, 1],
  ] as const)
    it(`has a line for ${what}`, async () => {
      assert.deepEqual(await find([...table], id, name), [expected, times]);
    });
});

describe('names of plans for the price table', () => {
  it('are kept for five minutes; a failure is told and is no name', async () => {
    const clock = new ManualClock();
    const calls: string[] = [];
    const told: unknown[] = [];
    const broken = new Error('away');
    const find = async (kind: string, id: string) => {
      calls.push(`${kind} ${id}`);
      if (id === 'broken') throw broken;
      return id === 'gold' ? aPlan({ DisplayName: 'Gold' }) : null;
    };
    const nameOf = planNames({ find }, clock, error => void told.push(error));
    for (const id of ['gold', 'gold', 'tin', 'tin'])
      assert.equal(await nameOf('plan', id), id === 'gold' ? 'Gold' : null);
    assert.deepEqual(calls, ['plan gold', 'plan tin']);
    clock.advance(299_999);
    await nameOf('plan', 'gold');
    assert.equal(calls.length, 2);
    clock.advance(1);
    await nameOf('plan', 'gold');
    await nameOf('addon', 'gold');
    assert.equal(calls.length, 4);
    assert.deepEqual([await nameOf('plan', 'broken'), await nameOf('plan', 'broken')], [null, null]);
    assert.deepEqual([calls.length, told], [6, [broken, broken]]);
  });
});

describe('the answer of a flow', () => {
  const read = (answer: 'approve' | 'price', given: unknown, reason?: string) =>
    readAnswer({ answer, price: given, reason });

  it('is a decision with its reason, or a price', () => {
    assert.deepEqual(read('approve', 'x', 'paid'), { answer: 'approve', reason: 'paid' });
    assert.deepEqual(read('price', '9 EUR', 'paid'), { answer: 'price', price: '9 EUR' });
    assert.deepEqual(read('price', 9.5), { answer: 'price', price: '9.5' });
    assert.deepEqual(read('price', ''), { answer: 'price', price: '' });
  });

  it('is no price that tenants cannot be shown', () => {
    assert.throws(() => read('price', undefined), fails('INPUT_MISSING', /^price: /));
    for (const given of [null, {}, 'x'.repeat(1001)])
      assert.throws(() => read('price', given), fails('INPUT_INVALID', /^price: /));
    assert.equal(read('price', 'x'.repeat(1000)).answer, 'price');
  });
});

describe('a prefix', () => {
  for (const [text, prefix] of [
    ['wap', '/wap'],
    [' /WAP/Billing// ', '/wap/billing'],
    ['//', ''],
    ['', ''],
    ['a.b/~c_d-1', '/a.b/~c_d-1'],
  ] as const)
    it(`is ${JSON.stringify(prefix)} for ${JSON.stringify(text)}`, () => assert.equal(readPrefix(text), prefix));

  for (const text of ['a b', 'a/../b', './a', 'a/..', 'a?b', 'ñ'])
    it(`is not ${text}`, () => assert.throws(() => readPrefix(text), fails('INPUT_INVALID', /^prefix: /)));
});

describe('the token of a request', () => {
  for (const text of [
    '',
    'nonsense',
    Buffer.from('{"a":1}').toString('base64url'),
    Buffer.from('["price"]').toString('base64url'),
  ])
    it(`is not ${JSON.stringify(text)}`, async () => {
      await assert.rejects(answerCall(text, price('9 EUR')), fails('CALL_UNKNOWN', /not the token of a request/));
    });

  it('may be of a node that is only starting, so that the answer is tried again', async () => {
    const token = newToken({ purpose: 'approval', endpoint: '/gone', about: '1', deadlineAt: 0 });
    await assert.rejects(
      wasAnswered(token),
      error => fails('CALL_UNKNOWN', /\/gone/)(error) && (error as AdapterError).cause.retryable === true,
    );
  });
});
