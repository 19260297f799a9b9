import assert from 'node:assert/strict';
import { compileTemplates } from '../../../../lib/billing/rest/compile';
import { defaultTemplates, type RestUsageOperation } from '../../../../lib/billing/rest/templates';
import type { UsageItem } from '../../../../lib/billing/usage-port';
import { InstantClock } from '../../http/instant-clock';
import { fails } from '../../state/scratch';
import { type BillingWorld, billingWorld } from '../billing-world';
import { compile } from '../jsonata-compile';

const anItem = (given: Partial<UsageItem> = {}): UsageItem => ({
  ...{ key: 'wap1/usage/1/cpu', subscription: 'b-1', wapSubscriptionId: 's-1', meter: 'cpu', unit: 'core-hours' },
  ...{ quantity: '12345678901234567890.5', adjustment: false, properties: { resource: 'vm' } },
  ...{ startTime: '2026-03-01T10:00:00.000Z', endTime: '2026-03-01T11:00:00.000Z' },
  ...given,
});
const items = (...keys: string[]) => keys.map(key => anItem({ key }));

describe('sending usage by templates', () => {
  let world: BillingWorld | null = null;
  const start = async (usage: { [name in keyof RestUsageOperation]?: unknown } | null = {}) => {
    const templates = { ...defaultTemplates, usage: { ...defaultTemplates.usage, ...usage } as RestUsageOperation };
    if (usage === null) Reflect.deleteProperty(templates, 'usage');
    world = await billingWorld({ clock: new InstantClock(), retries: 1, templates });
    return { ...world, sink: world.connection.usage };
  };
  afterEach(async () => {
    await world?.close();
    world = null;
  });
  /** What billing says to everything, so that the reading of it can be tried. */
  const saying = (body: string, more: object = {}) =>
    start({ answer: `$merge([{ "given": ${body} }]).given`, ...more });

  it('brings each item to the ledger, its quantity digit by digit', async () => {
    const { sink, simulator } = await start();
    assert.deepEqual(await sink.send(items('a', 'b')), [{ outcome: 'delivered' }, { outcome: 'delivered' }]);
    const [first] = simulator.state.ledger;
    assert.deepEqual([first?.id, first?.subscription, first?.quantity], ['a', 'b-1', '12345678901234567890.5']);
  });

  it('sends one item as a list too', async () => {
    const { sink } = await start();
    assert.deepEqual(await sink.send(items('a')), [{ outcome: 'delivered' }]);
  });

  it('counts an item that billing has as a duplicate, also after a lost answer', async () => {
    const { sink, simulator } = await start();
    simulator.faults.add({ kind: 'reset-after', path: '/usage' });
    assert.deepEqual(await sink.send(items('a', 'b')), [{ outcome: 'duplicate' }, { outcome: 'duplicate' }]);
    assert.equal(simulator.state.ledger.length, 2);
  });

  it('knows its item again in an answer that writes a GUID in another case', async () => {
    const key = 'wap1/meter/daily/aaaaaaaa-0000-0000-0000-00000000beef/db';
    const { sink } = await saying(`[{ "id": "${key.replace(/a{8}/, 'AAAAAAAA')}", "outcome": "duplicate" }]`);
    assert.deepEqual(await sink.send(items(key)), [{ outcome: 'duplicate' }]);
  });

  it('says which item is refused, and why', async () => {
    const { sink } = await start();
    const [good, bad] = await sink.send([anItem(), anItem({ key: 'bad', quantity: 'many' })]);
    assert.deepEqual([good?.outcome, bad?.outcome], ['delivered', 'rejected']);
    assert.match(bad && 'reason' in bad ? bad.reason : '', /quantity/);
  });

  for (const [title, body, outcomes] of [
    [
      'by id in any order',
      '[{"id":"b","outcome":"rejected","reason":"no"},{"id":"a","outcome":"delivered"}]',
      ['delivered', 'rejected'],
    ],
    ['by place', '["delivered", "duplicate"]', ['delivered', 'duplicate']],
    ['in its own words', '["ok", "retry"]', ['delivered', 'retry']],
    ['of one item only', '[{"id":"a","outcome":"delivered"}]', ['delivered', 'retry']],
  ] as const) {
    it(`reads outcomes ${title}`, async () => {
      const { sink } = await saying(body, { outcomes: { ok: 'delivered' } });
      assert.deepEqual(
        (await sink.send(items('a', 'b'))).map(({ outcome }) => outcome),
        outcomes,
      );
    });
  }

  it('hands on how long to wait before an item is sent again', async () => {
    const { sink } = await saying('[{"outcome":"retry","reason":"busy","retryAfterS":7}]');
    assert.deepEqual(await sink.send(items('a')), [{ outcome: 'retry', reason: 'busy', afterMs: 7000 }]);
  });

  for (const [title, body] of [
    ['names a word nobody listed', '["perhaps", "ok"]'],
    ['has too few outcomes', '["delivered"]'],
    ['is a number', '[1, 2]'],
  ] as const) {
    it(`refuses an answer that ${title}`, async () => {
      const { sink } = await saying(body);
      await assert.rejects(sink.send(items('a', 'b')), fails('BILLING_BAD_RESPONSE', /templates\.usage\.answer/));
    });
  }

  it('takes any success for all items when there is no template for the answer', async () => {
    const { sink } = await start({ answer: undefined });
    assert.deepEqual(await sink.send(items('a', 'b')), [{ outcome: 'delivered' }, { outcome: 'delivered' }]);
  });

  for (const [status, count, outcome] of [
    [409, 1, 'duplicate'],
    [422, 1, 'rejected'],
    [404, 1, 'retry'],
  ] as const) {
    it(`takes ${status} for one item as ${outcome}`, async () => {
      const { sink, simulator } = await start();
      simulator.faults.add({ kind: 'status', status, path: '/usage' });
      assert.deepEqual(
        (await sink.send(items('a').slice(0, count))).map(each => each.outcome),
        [outcome],
      );
    });
  }

  for (const [title, fault, code] of [
    ['refuses a call of several items', { kind: 'status', status: 400 }, 'BILLING_INPUT'],
    ['refuses the credentials', { kind: 'status', status: 401 }, 'BILLING_AUTH'],
    ['stays broken', { kind: 'status', status: 503 }, 'BILLING_SERVER'],
    ['wants us to slow down', { kind: 'rate' }, 'BILLING_RATE'],
    ['never answers', { kind: 'reset-before' }, 'BILLING_NETWORK'],
  ] as const) {
    it(`throws ${code} when billing ${title}`, async () => {
      const { sink, simulator } = await start();
      simulator.faults.add({ ...fault, path: '/usage', times: Number.POSITIVE_INFINITY });
      await assert.rejects(sink.send(items('a', 'b')), fails(code, /2 usage items/));
      assert.equal(simulator.state.ledger.length, 0);
    });
  }

  it('reads the answer to a status that judges each item', async () => {
    const { sink, simulator } = await start({
      judged: [422],
      answer: '$status = 422 ? ["duplicate", "retry"] : results.outcome',
    });
    simulator.faults.add({ kind: 'status', status: 422, path: '/usage' });
    assert.deepEqual(
      (await sink.send(items('a', 'b'))).map(({ outcome }) => outcome),
      ['duplicate', 'retry'],
    );
  });

  it('has the limits of its template', async () => {
    const { sink } = await start({ batch: 100, callsPerSecond: 2.5, maxAgeDays: 35, dedupeHours: 24 });
    assert.deepEqual(sink.limits, {
      batch: 100,
      callsPerSecond: 2.5,
      maxAgeMs: 3_024_000_000,
      dedupeWindowMs: 86_400_000,
      maxKeyLength: null,
    });
  });

  it('keeps the items of one call to one subscription, where the template says so', async () => {
    const { sink } = await start({ batch: 100, groupBy: 'subscription' });
    assert.equal(sink.limits.groupBy, 'subscription');
  });

  it('says that a billing system without the template takes no usage', async () => {
    const { sink } = await start(null);
    await assert.rejects(sink.send(items('a')), fails('INPUT_CONFIG', /templates\.usage/));
  });

  for (const [field, value] of [
    ['batch', 0],
    ['callsPerSecond', -1],
    ['outcomes', { ok: 'fine' }],
    ['judged', [200]],
    ['maxAge', 3],
    ['groupBy', 'meter'],
  ] as const) {
    it(`refuses templates.usage.${field} = ${JSON.stringify(value)}`, () => {
      const usage = { ...defaultTemplates.usage, [field]: value };
      const refusal = fails('INPUT_INVALID', new RegExp(`templates\\.usage\\.${field}`));
      assert.throws(() => compileTemplates({ ...defaultTemplates, usage }, compile), refusal);
    });
  }
});
