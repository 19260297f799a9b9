import assert from 'node:assert/strict';
import type { EventOutcome } from '../../../../lib/feeds/outcome';
import type { RecordBatch } from '../../../../lib/feeds/records/batch';
import { RecordFeed } from '../../../../lib/feeds/records/feed';
import { Mapping } from '../../../../lib/mapping/mapping';
import type { Store } from '../../../../lib/state/port';
import { SharedSteps, singleOf } from '../../../../lib/usage/send/shared-steps';
import { Days } from '../../../../lib/usage/totals/days';
import { MemoryUsage } from '../../feeds/memory-usage';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';

const scope = { installation: 'wap', target: 'billing' };

describe('steps of deliveries that share a transaction', () => {
  let clock: StillClock;
  let store: Store;
  let feed: RecordFeed;
  let shared: SharedSteps;
  let settleSingle: (batch: string, outcomes: readonly EventOutcome[]) => Promise<void>;
  beforeEach(async () => {
    clock = new StillClock();
    store = await scratchStore(clock);
    const usage = new MemoryUsage();
    usage.showAll(1, 4);
    feed = new RecordFeed({ store, usage, installation: 'wap', reader: 'billing', clock });
    await feed.poll();
    shared = new SharedSteps(store, clock, scope, new Days('UTC'));
    settleSingle = (batch, outcomes) => shared.settleSingle({ batch, outcomes, taken: [], rebuild: null });
  });
  afterEach(cleanScratch);

  const take = async (): Promise<RecordBatch> => (await feed.next()) ?? assert.fail('nothing is due');
  const counts = async () => {
    const { waiting, unacknowledged, dead, batches } = await feed.status();
    return { waiting, unacknowledged, dead, batches };
  };

  it('settle each record of a batch as it was judged', async () => {
    const { token } = await take();
    const delivered = [1, 4].map(eventId => settleSingle(token, [{ result: 'delivered', eventId }]));
    const dead = settleSingle(token, [{ result: 'dead', reason: 'no such meter', eventId: 2 }]);
    const again = settleSingle(token, [{ result: 'retry', afterMs: 0, eventId: 3 }]);
    await Promise.all([...delivered, dead, again]);
    assert.deepEqual(await counts(), { waiting: 1, unacknowledged: 0, dead: 1, batches: 0 });
    assert.deepEqual(
      (await take()).records.map(({ EventId: id }) => id),
      [3],
    );
  });

  it('count the first outcome of a record only', async () => {
    const { token } = await take();
    const twice = [
      { result: 'delivered', eventId: 1 } as const,
      { result: 'dead', reason: 'late', eventId: 1 } as const,
    ];
    await Promise.all(twice.map(outcome => settleSingle(token, [outcome])));
    assert.deepEqual(await counts(), { waiting: 0, unacknowledged: 4, dead: 0, batches: 1 });
  });

  it('refuse one that the batch does not hold, and settle those beside it', async () => {
    const { token } = await take();
    const good = settleSingle(token, [{ result: 'delivered', eventId: 1 }]);
    const bad = settleSingle(token, [{ result: 'delivered', eventId: 77 }]);
    const other = settleSingle('usage-unknown', [{ result: 'delivered', eventId: 2 }]);
    await Promise.all([
      good,
      assert.rejects(bad, fails('STATE_DELIVERY', /77/)),
      assert.rejects(other, fails('STATE_DELIVERY', /token is not known/)),
    ]);
    await settleSingle(
      token,
      [2, 3, 4].map(eventId => ({ result: 'delivered', eventId })),
    );
    assert.deepEqual(await counts(), { waiting: 0, unacknowledged: 0, dead: 0, batches: 0 });
  });

  it('look mappings up together, the newest ones too', async () => {
    const mapping = new Mapping(store, clock, scope);
    const map = (wapId: string) =>
      mapping.store.transaction(tx =>
        mapping.put(tx, { kind: 'subscription', wapId, billingId: `b-${wapId}` }, { by: 'a test' }),
      );
    await map('s1');
    const [one, none] = await Promise.all([shared.billingIds(['s1']), shared.billingIds(['s2'])]);
    assert.deepEqual([one.get('s1'), none.get('s2')], ['b-s1', undefined]);
    await map('s2');
    assert.equal((await shared.billingIds(['s2'])).get('s2'), 'b-s2');
    assert.equal((await shared.billingIds([])).size, 0);
  });

  it('are for tokens of one record', () => {
    assert.deepEqual(singleOf('usage-1/7'), { batch: 'usage-1', eventId: 7 });
    assert.equal(singleOf('usage-1'), null);
    assert.equal(singleOf('of-a-meter/7'), null);
  });

  it('find what the mapping says now, also after it was changed', async () => {
    const mapping = new Mapping(store, clock, scope);
    const idOf = async (wapId: string) => (await shared.billingIds([wapId])).get(wapId);
    const put = (billingId: string) =>
      mapping.store.transaction(tx =>
        mapping.put(tx, { kind: 'subscription', wapId: 'w', billingId }, { by: 'test', replace: true }),
      );
    assert.equal(await idOf('w'), undefined);
    await put('b1');
    assert.equal(await idOf('w'), 'b1');
    await put('b2');
    assert.equal(await idOf('w'), 'b2');
    await mapping.store.transaction(tx => mapping.remove(tx, 'subscription', 'w', 'test'));
    assert.equal(await idOf('w'), undefined);
  });
});
