import assert from 'node:assert/strict';
import fc from 'fast-check';
import { IdDigest } from '../../../simulator/billing/id-digest';
import type { BillingSimulator } from '../../../simulator/billing/options';
import { startBillingSimulator } from '../../../simulator/billing/server';
import type { UsageIntakeOptions } from '../../../simulator/billing/usage-options';
import { holds } from '../../harness/property';
import { call, manualClock } from './support';

const item = (id: string, quantity = '1', more: Record<string, unknown> = {}) => ({
  id,
  subscription: 's-1',
  meter: 'requests',
  quantity,
  endTime: '2026-03-01T10:00:00Z',
  ...more,
});

for (const ledger of ['full', 'digest'] as const) {
  describe(`the usage intake with a ${ledger} ledger`, () => {
    const clock = manualClock();
    let billing: BillingSimulator;
    const start = async (usage: UsageIntakeOptions = {}) => {
      billing = await startBillingSimulator({ port: 0, clock, usage: { ledger, ...usage } });
    };
    afterEach(() => billing.close());

    const headers = () => ({ authorization: `Bearer ${billing.token}` });
    const post = (records: unknown[], key = '') =>
      call('POST', `${billing.url}/usage`, {
        body: { records },
        headers: { ...headers(), ...(key === '' ? {} : { 'idempotency-key': key }) },
      });
    async function outcomes(records: unknown[]): Promise<string[]> {
      const { body } = await post(records);
      return Array.isArray(body.results) ? body.results.map(result => result.outcome) : [];
    }

    it('adds up exactly, by subscription and meter', async () => {
      await start();
      const many = Array.from({ length: 1000 }, (_none, index) => item(`m${index}`, '0.1'));
      await post(many);
      await post([
        item('a', '9007199254740993.000000000000000000001'),
        item('b', '0.5', { meter: 'space', subscription: 's-2' }),
        item('c', '-0.25', { meter: 'space', subscription: 's-2', adjustment: true }),
        { id: 'without meter', quantity: '5' },
      ]);
      assert.deepEqual(billing.totals(), [
        { subscription: 's-1', meter: 'requests', quantity: '9007199254741093.000000000000000000001', count: 1001 },
        { subscription: 's-2', meter: 'space', quantity: '0.25', count: 2 },
      ]);
      assert.equal(billing.state.ledger.length, ledger === 'full' ? 1004 : 0);
    });

    it('adds up a span of days over HTTP', async () => {
      await start();
      await post([
        item('a', '1', { endTime: '2026-02-28T23:59:59.999Z' }),
        item('b', '2', { endTime: '2026-03-01T00:00:00' }),
        item('c', '4', { endTime: '2026-03-01T23:00:00+01:00' }),
        item('d', '8', { endTime: '2026-03-02T00:00:00Z', subscription: 's-2' }),
      ]);
      const totals = async (query: string) => {
        const { status, body } = await call('GET', `${billing.url}/usage/totals?${query}`, { headers: headers() });
        return Array.isArray(body.totals) ? body.totals.map(total => total.quantity) : status;
      };
      assert.deepEqual(await totals('from=2026-03-01&to=2026-03-02T00:00:00Z'), ['6']);
      assert.deepEqual(await totals('from=2026-03-01'), ['6', '8']);
      assert.deepEqual(await totals('subscription=s-2'), ['8']);
      assert.deepEqual(await totals('from=yesterday'), 400);
      assert.deepEqual(await totals('from=2026-03-01T10:00:00Z'), ledger === 'full' ? ['4', '8'] : 400);
    });

    it('counts an id once, and refuses another content under it', async () => {
      await start();
      assert.deepEqual(await outcomes([item('a'), item('a'), item('a', '2')]), ['delivered', 'duplicate', 'rejected']);
      const { quantity, ...rest } = item('a');
      assert.deepEqual(await outcomes([{ quantity, ...rest }, item('b')]), ['duplicate', 'delivered']);
      assert.deepEqual(billing.totals()[0]?.quantity, '2');
    });

    it('forgets an id after its window', async () => {
      await start({ dedupeWindowMs: 60_000 });
      assert.deepEqual(await outcomes([item('a')]), ['delivered']);
      clock.advance(59_000);
      assert.deepEqual(await outcomes([item('a')]), ['duplicate']);
      clock.advance(1000);
      assert.deepEqual(await outcomes([item('a')]), ['delivered']);
      assert.deepEqual(billing.totals()[0]?.quantity, '2');
    });

    it('rejects subscriptions and meters that it does not know, by rule', async () => {
      await start({ subscriptions: 'known', meters: ['requests'] });
      billing.seed({ offers: [{ key: 'gold', name: 'Gold' }], subscriptions: [{ key: 's-1', offer: 'gold' }] });
      const id = billing.state.subscriptions[0]?.id;
      assert.deepEqual(
        await outcomes([
          item('a'),
          item('b', '1', { subscription: id }),
          item('c', '1', { subscription: 's-2' }),
          item('d', '1', { meter: 'space' }),
        ]),
        ['delivered', 'delivered', 'rejected', 'rejected'],
      );
    });

    it('refuses quantities that are no decimals, and negative ones but in adjustments', async () => {
      await start();
      const odd = ['NaN', '', '-1', '1e3', ' 1', '1.'].map((quantity, index) => item(`o${index}`, quantity));
      assert.deepEqual(new Set(await outcomes(odd)), new Set(['rejected']));
      assert.deepEqual(await outcomes([item('a', '-1', { adjustment: true })]), ['delivered']);
    });

    it('takes so many records a call, and so many calls in a period', async () => {
      await start({ batch: 2, rateLimit: { calls: 2, perMs: 3000 } });
      assert.equal((await post([item('a'), item('b'), item('c')])).status, 400);
      assert.equal((await post([item('a')])).status, 200);
      clock.advance(1500);
      const refused = await post([item('b')]);
      assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '2']);
      clock.advance(1500);
      assert.equal((await post([item('b')])).status, 200);
    });

    it('knows its records again under an idempotency key', async () => {
      await start();
      const made = await post([item('a')], 'k1');
      const again = await post([item('a')], 'k1');
      const outcome = ledger === 'full' ? 'delivered' : 'duplicate';
      assert.deepEqual([made.status, again.status, JSON.stringify(again.body).includes(outcome)], [200, 200, true]);
      assert.equal(billing.totals()[0]?.count, 1);
    });
  });
}

describe('the digest of ids', () => {
  it('finds what was put in, and nothing else', () => {
    holds(
      'the digest of ids: finds what was put in, and nothing else',
      fc.property(fc.array(fc.tuple(fc.string(), fc.string(), fc.nat())), fc.string(), (entries, other) => {
        const digest = new IdDigest();
        for (const [id, content, seconds] of entries) digest.put(id, content, seconds);
        const last = new Map(entries.map(([id, content, seconds]) => [id, { content, seconds }]));
        assert.equal(digest.size, last.size);
        for (const [id, { content, seconds }] of last) {
          assert.deepEqual(digest.find(id, content), { seconds, same: true });
          assert.equal(digest.find(id, `${content}x`)?.same, false);
        }
        if (!last.has(other)) assert.equal(digest.find(other, ''), null);
      }),
    );
  });

  it('keeps two hundred thousand ids apart', () => {
    const digest = new IdDigest();
    for (let index = 0; index < 200_000; index += 1) digest.put(`wap/usage/${index}`, '', 1);
    assert.equal(digest.size, 200_000);
    assert.equal(digest.find('wap/usage/200000', ''), null);
    assert.deepEqual(digest.find('wap/usage/199999', ''), { seconds: 1, same: true });
  });
});
