import assert from 'node:assert/strict';
import { usageLines, usageReaders } from '../../../lib/desk/usage';
import { readStep, readUsageFilter } from '../../../lib/desk/usage-filter';
import { putTenantName } from '../../../lib/state/tables/tenant-name';
import { cleanScratch, fails, StillClock, scratchStore } from '../state/scratch';
import { aQuantity, Counter, scope } from '../usage/totals/totals-world';

const given = { ...scope, from: undefined, to: '', subscription: null, meter: undefined };
const whole = { ...scope, from: '0000-01-01', to: '9999-12-31', subscription: undefined, meter: undefined };

describe('usage on the desk', () => {
  afterEach(cleanScratch);

  it('is a file of all tenants by day, or of one', async () => {
    const clock = new StillClock(Date.UTC(2026, 1, 1));
    const store = await scratchStore(clock);
    const counter = new Counter(store, clock);
    const tenants = Array.from({ length: 150 }, (_none, index) => `s${String(index).padStart(3, '0')}`);
    await counter.count(tenants.map((wapSubscriptionId, id) => aQuantity(id, { wapSubscriptionId, quantity: '0.5' })));
    await counter.count([aQuantity(900, { wapSubscriptionId: 's007', unit: 'h', meter: 'disk' })]);
    const named = { subscriptionId: 's007', name: 'Contoso', account: 'ann@contoso', eventId: 1, isGone: false };
    await store.transaction(tx => putTenantName(tx, scope.installation, named, 0));

    const lines = async (subscription?: string) => {
      const found = [];
      for await (const part of usageLines(store, clock, { ...whole, subscription })) found.push(...part);
      return found;
    };
    const all = await lines();
    assert.deepEqual([...new Set(all.map(line => line.subscription))], tenants);
    const line = {
      ...{ subscription: 's007', day: '2026-01-31', timeZone: 'UTC', meter: 'disk', unit: 'h', quantity: '1' },
      ...{ quantities: 1, name: 'Contoso', account: 'ann@contoso' },
    };
    assert.deepEqual(
      all.filter(({ meter }) => meter === 'disk'),
      [line],
    );
    assert.deepEqual(
      (await lines('s007')).map(({ meter, quantity, name }) => [meter, quantity, name]),
      [
        ['cpu', '0.5', ''],
        ['disk', '1', ''],
      ],
    );
    assert.deepEqual(await usageReaders(store, clock), [
      { ...scope, first: '2026-01-31', last: '2026-01-31', rebuild: null },
    ]);
  });

  it('is asked for by whose it is, in days that exist', () => {
    assert.deepEqual(readUsageFilter(given), whole);
    const more = { from: '2026-01-31', to: '2026-02-28', subscription: 's1', meter: 'cpu' };
    assert.deepEqual(readUsageFilter({ ...given, ...more }), { ...whole, ...more });
  });

  for (const [more, code, message] of [
    [{ installation: '' }, 'INPUT_MISSING', /^installation: say whose usage/],
    [{ target: undefined }, 'INPUT_MISSING', /^target: /],
    [{ target: 7 }, 'INPUT_INVALID', /^target: expected a text/],
    [{ from: '2026-02-30' }, 'INPUT_INVALID', /^from: expected a day such as 2026-01-31/],
    [{ from: '2026-1-31' }, 'INPUT_INVALID', /^from: /],
    [{ to: 20260131 }, 'INPUT_INVALID', /^to: /],
  ] as const)
    it(`is not asked for by ${JSON.stringify(more)}`, () => {
      assert.throws(() => readUsageFilter({ ...given, ...more }), fails(code, message));
    });

  it('is by day unless another step is given', () => {
    assert.deepEqual(
      [undefined, '', 'Month', 'all'].map(value => readStep(value)),
      ['day', 'day', 'month', 'all'],
    );
    assert.throws(() => readStep('week'), fails('INPUT_INVALID', /^by: expected one of day, month, all/));
    assert.throws(() => readStep('week', 'step'), fails('INPUT_INVALID', /^step: /));
  });
});
