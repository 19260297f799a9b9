import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SendOutcome, UsageItem, UsageLimits, UsageSink } from '../../../../lib/billing/usage-port';
import { AdapterError } from '../../../../lib/errors';
import { Mapping } from '../../../../lib/mapping/mapping';
import { type Store, statement } from '../../../../lib/state/port';
import { Outbox } from '../../../../lib/usage/meter/outbox';
import type { Quantity } from '../../../../lib/usage/quantity';
import { deliver } from '../../../../lib/usage/send/deliver';
import type { Delivered } from '../../../../lib/usage/send/delivered';
import { outcomesOf, summaryOf, waitingOf } from '../../../../lib/usage/send/report';
import { UsageSender } from '../../../../lib/usage/send/sender';
import { SharedSteps } from '../../../../lib/usage/send/shared-steps';
import { Days } from '../../../../lib/usage/totals/days';
import { holds } from '../../../harness/property';
import { InstantClock } from '../../http/instant-clock';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { Counter } from '../totals/totals-world';

const aQuantity = (recordId: number, more: Partial<Quantity> = {}): Quantity => ({
  ...{
    recordId,
    key: `wap1/usage/${recordId}/${more.meter ?? 'cpu'}`,
    wapSubscriptionId: 's1',
    meter: 'cpu',
    unit: null,
  },
  ...{ quantity: '1', startTime: '2025-12-31T10:00:00.000Z', endTime: '2025-12-31T11:00:00.000Z' },
  ...{ adjustment: false, properties: {} },
  ...more,
});

/** A billing system in memory: a ledger by key, and what it says to a key. */
class MemorySink implements UsageSink {
  limits: UsageLimits = { batch: 100, callsPerSecond: null, maxAgeMs: null, dedupeWindowMs: null, maxKeyLength: null };
  readonly ledger = new Map<string, string>();
  readonly calls: string[][] = [];
  readonly under: Set<string> = new Set();
  says: (item: UsageItem) => SendOutcome | 'take' = () => 'take';
  fails: (items: UsageItem[]) => AdapterError | null = () => null;

  async send(items: UsageItem[]): Promise<SendOutcome[]> {
    this.calls.push(items.map(({ key }) => key));
    const mine = new Set(items.map(({ subscription }) => subscription));
    for (const subscription of mine) {
      assert.ok(!this.under.has(subscription), `two sends of ${subscription} at once`);
      this.under.add(subscription);
    }
    await new Promise(resolve => setImmediate(resolve));
    for (const subscription of mine) this.under.delete(subscription);
    const failure = this.fails(items);
    if (failure) throw failure;
    return items.map(item => {
      const said = this.says(item);
      if (said !== 'take') return said;
      if (this.ledger.has(item.key)) return { outcome: 'duplicate' };
      this.ledger.set(item.key, item.quantity);
      return { outcome: 'delivered' };
    });
  }
}

const refuse = () => new AdapterError('BILLING_INPUT', 'a bad item');
const away = (retryAfterMs = 0) =>
  new AdapterError('BILLING_SERVER', 'billing is away', { retryable: true, retryAfterMs });

const outcomeOf = ({ records }: Delivered, id: number) => records.find(({ recordId }) => recordId === id)?.outcome;

const days = new Days('UTC');

class Desk {
  readonly clock = new InstantClock();
  readonly sink = new MemorySink();
  closing = new AbortController();
  readonly outbox = new Outbox(
    { installation: 'wap1', consumer: 'meter/x' },
    { batchSize: 100, maxOpenBatches: 9, redeliveryMs: 60_000 },
  );
  sender: UsageSender;
  constructor(readonly store: Store) {
    this.sender = this.newSender();
  }
  newSender(parallel = 4): UsageSender {
    return new UsageSender({ sink: this.sink, clock: this.clock, signal: this.closing.signal, parallel, attempts: 3 });
  }
  async map(...wapIds: string[]): Promise<void> {
    const mapping = new Mapping(this.store, this.clock, { installation: 'wap1', target: 'billing1' });
    for (const wapId of wapIds)
      await mapping.store.transaction(tx =>
        mapping.put(tx, { kind: 'subscription', wapId, billingId: `b-${wapId}` }, { by: 'a test' }),
      );
  }
  send(quantities: Quantity[], token: string | null = null, attempt = 1): Promise<Delivered> {
    const { store, clock, sink, sender } = this;
    const scope = { installation: 'wap1', target: 'billing1' };
    return deliver(quantities, {
      store,
      clock,
      sink,
      sender,
      shared: new SharedSteps(store, clock, scope, days),
      ...{ scope, days, rebuild: null },
      token,
      attempt,
      // As the node does: quantities that say what acknowledges them are settled by themselves.
      carries: quantities.some(quantity => quantity.token !== undefined) ? 'own' : 'batch',
      ...{ without: [], copies: 1 },
    });
  }
  /** Puts quantities into a batch that can be acknowledged. */
  async batch(quantities: Quantity[]) {
    await this.store.transaction(async tx => {
      for (const quantity of quantities) await this.outbox.put(tx, quantity, this.clock.now());
    });
    return this.next();
  }
  next() {
    return this.outbox.take(this.store, this.clock.now());
  }
  counts() {
    return this.store.transaction(tx => this.outbox.counts(tx));
  }
}

describe('sending usage', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = new Desk(await scratchStore(new StillClock()));
    await desk.map('s1', 's2', 's3');
  });
  afterEach(cleanScratch);

  it("names billing's id of the subscription, and settles the batch", async () => {
    const batch = await desk.batch([aQuantity(1), aQuantity(2, { wapSubscriptionId: 's2' })]);
    const sent: UsageItem[] = [];
    desk.sink.says = item => {
      sent.push(item);
      return 'take';
    };
    const delivered = await desk.send(batch?.quantities ?? [], batch?.token);
    assert.deepEqual(
      sent.map(({ subscription, wapSubscriptionId }) => [subscription, wapSubscriptionId]),
      [
        ['b-s1', 's1'],
        ['b-s2', 's2'],
      ],
    );
    assert.deepEqual([summaryOf(delivered).delivered, await desk.counts()], [2, { waiting: 0, open: 0, dead: 0 }]);
  });

  it('sends items of one subscription in a call, where billing wants that, and all of them in order', async () => {
    const desk = new Desk(await scratchStore(new StillClock()));
    desk.sink.limits = { ...desk.sink.limits, batch: 3, groupBy: 'subscription' };
    const owners = ['s1', 's2', 's1', 's1', 's2', 's1', 's3'];
    await desk.map('s1', 's2', 's3');
    const quantities = owners.map((wapSubscriptionId, n) => aQuantity(n + 1, { wapSubscriptionId }));
    await desk.send(quantities);
    const calls = desk.sink.calls.map(keys => keys.map(key => Number(key.split('/')[2])));
    const ownersOf = (ids: number[]) => new Set(ids.map(id => owners[id - 1]));
    assert.ok(
      calls.every(ids => ownersOf(ids).size === 1 && ids.length <= 3),
      JSON.stringify(calls),
    );
    const sent = (owner: string) => calls.flat().filter(id => owners[id - 1] === owner);
    assert.deepEqual([sent('s1'), sent('s2'), sent('s3')], [[1, 3, 4, 6], [2, 5], [7]]);
    assert.equal(desk.sink.ledger.size, 7);
  });

  it('gives each record its own outcome', async () => {
    const batch = await desk.batch([
      aQuantity(1),
      aQuantity(2, { wapSubscriptionId: 's2' }),
      aQuantity(3, { wapSubscriptionId: 's3' }),
      aQuantity(4, { wapSubscriptionId: 'unmapped' }),
    ]);
    desk.sink.says = ({ key }) =>
      key.includes('/2/')
        ? { outcome: 'rejected', reason: 'no such meter' }
        : key.includes('/3/')
          ? { outcome: 'retry', afterMs: 5000, reason: 'busy' }
          : 'take';
    const delivered = await desk.send(batch?.quantities ?? [], batch?.token);
    assert.deepEqual(summaryOf(delivered), {
      ...{ quantities: 4, delivered: 1, duplicate: 0, retry: 1, waiting: 1, rejected: 1 },
      records: { delivered: 1, dead: 1, retry: 1, waiting: 1 },
      again: [
        {
          ...{
            key: 'wap1/usage/3/cpu',
            recordId: 3,
            wapSubscriptionId: 's3',
            meter: 'cpu',
            quantity: '1',
            reason: 'busy',
          },
        },
      ],
    });
    assert.deepEqual(await desk.counts(), { waiting: 2, open: 0, dead: 1 });
    assert.deepEqual(waitingOf(delivered), [{ wapSubscriptionId: 'unmapped', quantities: 1 }]);
  });

  it('goes on with a subscription when its mapping has come', async () => {
    const batch = await desk.batch([aQuantity(1, { wapSubscriptionId: 'late' })]);
    await desk.send(batch?.quantities ?? [], batch?.token);
    await desk.map('late');
    desk.clock.advance(60_000);
    const again = await desk.next();
    assert.equal(summaryOf(await desk.send(again?.quantities ?? [], again?.token, again?.attempt)).delivered, 1);
    assert.equal(desk.sink.ledger.size, 1);
  });

  it('sets a record aside only when nothing of it is left to send', async () => {
    const batch = await desk.batch([aQuantity(1)]);
    const both = [aQuantity(1, { meter: 'bad' }), aQuantity(1, { meter: 'busy' })];
    let busy = true;
    desk.sink.says = ({ meter }) =>
      meter === 'bad'
        ? { outcome: 'rejected', reason: 'no' }
        : busy
          ? { outcome: 'retry', afterMs: null, reason: 'busy' }
          : 'take';
    assert.equal(outcomeOf(await desk.send(both), 1)?.result, 'retry');
    busy = false;
    const sent = await desk.send(both, batch?.token);
    assert.deepEqual(outcomeOf(sent, 1), { result: 'dead', reason: 'bad: no' });
    assert.equal((await desk.counts()).dead, 1);
  });

  it('tries what billing asks to send again, and waits as long as it says', async () => {
    let tries = 0;
    desk.sink.says = () => (++tries < 3 ? { outcome: 'retry', afterMs: 7000, reason: 'busy' } : 'take');
    assert.equal(summaryOf(await desk.send([aQuantity(1)])).delivered, 1);
    assert.deepEqual(desk.clock.waits, [7000, 7000]);
  });

  it('keeps the order of a subscription while one of its items waits', async () => {
    desk.sink.limits = { ...desk.sink.limits, batch: 1 };
    let first = true;
    desk.sink.says = ({ key }) => {
      if (!key.includes('/1/') || !first) return 'take';
      first = false;
      return { outcome: 'retry', afterMs: 1000, reason: 'busy' };
    };
    await desk.send([aQuantity(1), aQuantity(2), aQuantity(3, { wapSubscriptionId: 's2' })]);
    const ids = [...desk.sink.ledger.keys()].map(key => key.split('/')[2]);
    assert.ok(ids.indexOf('1') < ids.indexOf('2'));
  });

  it('finds the items at fault of a call that is refused as a whole', async () => {
    desk.sink.fails = items => (items.length > 1 && items.some(({ key }) => key.includes('/7/')) ? refuse() : null);
    desk.sink.says = ({ key }) => (key.includes('/7/') ? { outcome: 'rejected', reason: 'a bad item' } : 'take');
    const sent = await desk.send(Array.from({ length: 20 }, (_none, index) => aQuantity(index)));
    assert.deepEqual(
      sent.records.filter(({ outcome }) => outcome.result !== 'delivered').map(({ recordId }) => recordId),
      [7],
    );
    assert.equal(desk.sink.ledger.size, 19);
  });

  const failing = (code: AdapterError['code'], httpStatus = 500) =>
    new AdapterError(code, 'billing cannot take it', { retryable: code === 'BILLING_SERVER', httpStatus });
  for (const [title, failure] of [
    ['answers 500', failing('BILLING_SERVER')],
    ['answers 403', failing('BILLING_AUTH', 403)],
    ['answers an error in a success', failing('BILLING_BAD_RESPONSE', 200)],
    ['breaks the connection', failing('BILLING_NETWORK')],
    ['fails in the template', failing('BILLING_TEMPLATE')],
    ['cannot be asked with such a value', failing('INPUT_INVALID')],
  ] as const)
    for (const batch of [100, 10, 3, 1])
      for (const bad of [0, 4, 9])
        it(`holds up nobody but the item at fault: ${title}, calls of ${batch}, item ${bad}`, async () => {
          desk.sink.limits = { ...desk.sink.limits, batch };
          desk.sink.fails = items => (items.some(({ key }) => key.includes(`/${bad}/`)) ? failure : null);
          const all = Array.from({ length: 10 }, (_none, id) =>
            aQuantity(id, { wapSubscriptionId: `s${(id % 3) + 1}` }),
          );
          const delivered = await desk.send(all);
          assert.deepEqual([desk.sink.ledger.size, delivered.failure], [9, null]);
          const { again, retry } = summaryOf(delivered);
          assert.deepEqual(
            [retry, again.map(({ recordId, reason }) => [recordId, reason])],
            [1, [[bad, failure.message]]],
          );
          assert.equal(outcomeOf(delivered, bad)?.result, 'retry');
        });

  it('tells the failure of an item that is alone', async () => {
    desk.sink.fails = () => failing('BILLING_SERVER');
    assert.equal((await desk.send([aQuantity(1)])).failure?.code, 'BILLING_SERVER');
  });

  it('asks a billing system that takes nothing only a few times', async () => {
    desk.sink.fails = () => failing('BILLING_SERVER');
    for (const batch of [100, 1]) {
      desk.sink.limits = { ...desk.sink.limits, batch };
      desk.sink.calls.length = 0;
      desk.sender = desk.newSender(1);
      const { failure } = await desk.send(Array.from({ length: 100 }, (_none, id) => aQuantity(id)));
      assert.deepEqual([failure?.code, desk.sink.calls.length], ['BILLING_SERVER', 3]);
    }
  });

  it('gets the good ones through among many that are bad, if not at once', async () => {
    desk.sink.limits = { ...desk.sink.limits, batch: 10 };
    desk.sink.fails = items => (items.some(({ key }) => !key.includes('/7/')) ? failing('BILLING_SERVER') : null);
    const all = Array.from({ length: 10 }, (_none, id) => aQuantity(id));
    for (let round = 0; desk.sink.ledger.size === 0; round += 1) {
      assert.ok(round < 10, 'the good one is never tried');
      await desk.send(all);
    }
  });

  describe('under a long key', () => {
    const key = `wap1/meter/daily/${'s'.repeat(36)}/${'m'.repeat(40)}/2026-03-01T00:00:00.000Z/0123456789abcdef`;
    const sent = async (recordId: number) => {
      await desk.send([aQuantity(recordId, { key })]);
      return desk.sink.calls.at(-1)?.[0] ?? '';
    };
    const upgraded = (feed: string, upTo: number) =>
      desk.store.transaction(async tx => {
        const row = { feed, upTo };
        await tx.change(
          statement("INSERT INTO usage_long_keys (installation, feed, up_to) VALUES ('wap1', :feed, :upTo)"),
          row,
        );
      });

    it('sends one that every billing system takes, the same every time', async () => {
      assert.equal(key.length, 136);
      const short = await sent(1);
      assert.match(short, /^wap1\/meter\/daily\/s{36}\/m{13}~[0-9a-f]{32}$/);
      assert.equal(await sent(1), short);
      assert.equal(outcomeOf(await desk.send([aQuantity(1, { key })]), 1)?.result, 'duplicate');
    });

    it('keeps the long one of what an older version may have sent', async () => {
      await upgraded('meter/daily', 5);
      assert.equal(await sent(5), key);
      assert.equal((await sent(6)).length, 100);
    });

    it('sends no longer one than the template says, whoever made it', async () => {
      await upgraded('meter/daily', 5);
      for (const most of [128, 64, 32]) {
        desk.sink.limits = { ...desk.sink.limits, maxKeyLength: most };
        assert.equal((await sent(5)).length, most);
      }
      desk.sink.limits = { ...desk.sink.limits, maxKeyLength: 200 };
      assert.equal(await sent(6), key);
    });
  });

  it('sends no more calls a second than billing bears', async () => {
    desk.sink.limits = { ...desk.sink.limits, batch: 1, callsPerSecond: 2 };
    await desk.send([1, 2, 3].map(id => aQuantity(id)));
    assert.deepEqual(desk.clock.waits, [500, 500]);
  });

  it('brings everything again later when billing is away, and says why', async () => {
    const batch = await desk.batch([aQuantity(1), aQuantity(2)]);
    desk.sink.fails = () => away(90_000);
    const sent = await desk.send(batch?.quantities ?? [], batch?.token);
    assert.equal(sent.failure?.code, 'BILLING_SERVER');
    assert.deepEqual(outcomeOf(sent, 1), { result: 'retry', afterMs: 90_000 });
    assert.equal(await desk.next(), null);
    desk.sink.fails = () => null;
    desk.clock.advance(90_000);
    const again = await desk.next();
    await desk.send(again?.quantities ?? [], again?.token, again?.attempt);
    assert.deepEqual([desk.sink.ledger.size, await desk.counts()], [2, { waiting: 0, open: 0, dead: 0 }]);
  });

  it('hands back what waits when the node closes', async () => {
    desk.sink.says = () => ({ outcome: 'retry', afterMs: 60_000, reason: 'busy' });
    desk.closing.abort(new AdapterError('ABORTED', 'closed', { retryable: true }));
    assert.equal((await desk.send([aQuantity(1)])).failure?.code, 'ABORTED');
  });

  it('sets aside what is too old for billing, with that reason', async () => {
    desk.sink.limits = { ...desk.sink.limits, maxAgeMs: 3_600_000 };
    const sent = await desk.send([aQuantity(1), aQuantity(2, { endTime: '2025-12-31T23:30:00.000Z' })]);
    assert.match(JSON.stringify(outcomeOf(sent, 1)), /takes nothing so old/);
    assert.equal(outcomeOf(sent, 2)?.result, 'delivered');
  });

  it('settles the records whose quantities it has, and leaves the others open', async () => {
    const batch = await desk.batch([aQuantity(1), aQuantity(2)]);
    await desk.send(batch?.quantities.slice(0, 1) ?? [], batch?.token);
    assert.deepEqual([desk.sink.ledger.size, await desk.counts()], [1, { waiting: 0, open: 1, dead: 0 }]);
  });

  it('settles the whole delivery with quantities that a function made of it', async () => {
    const batch = await desk.batch([aQuantity(1), aQuantity(2)]);
    await desk.send([aQuantity(1)], batch?.token);
    assert.deepEqual([desk.sink.ledger.size, await desk.counts()], [1, { waiting: 0, open: 0, dead: 0 }]);
  });

  it('settles each of several deliveries that a flow put together, though one of them is not known', async () => {
    const first = await desk.batch([aQuantity(1)]);
    const second = await desk.batch([aQuantity(2, { wapSubscriptionId: 's2' })]);
    const lost = aQuantity(3, { token: `${first?.token}x` });
    const all = [...(first?.quantities ?? []), lost, ...(second?.quantities ?? [])];
    await assert.rejects(desk.send(all, first?.token), fails('STATE_DELIVERY', /token/));
    assert.equal(desk.sink.ledger.size, 3);
    assert.deepEqual(await desk.counts(), { waiting: 0, open: 0, dead: 0 });
    const totals = await new Counter(desk.store, new StillClock(desk.clock.now()), 'billing1').totals(undefined, 'all');
    assert.deepEqual(totals, ['cpu 3']);
  });

  it('refuses a token that is not known', async () => {
    await assert.rejects(desk.send([aQuantity(1)], 'nobody'), fails('STATE_DELIVERY', /token/));
  });

  it('leaves the acknowledgement to the flow, in the words of wap-ack', async () => {
    desk.sink.says = ({ key }) => (key.includes('/2/') ? { outcome: 'rejected', reason: 'no' } : 'take');
    const outcomes = outcomesOf(await desk.send([aQuantity(1), aQuantity(2)]));
    assert.deepEqual(outcomes, [
      { EventId: 1, outcome: 'delivered' },
      { EventId: 2, outcome: 'deadLetter', reason: 'cpu: no' },
    ]);
  });

  it('says it of each quantity where the message has not all of a record', async () => {
    desk.sink.says = ({ meter }) => (meter === 'busy' ? { outcome: 'retry', afterMs: 5000, reason: 'busy' } : 'take');
    const part = (meter: string, more: Partial<Quantity> = {}) =>
      aQuantity(1, { meter, recordQuantities: 4, token: 't', ...more });
    const outcomes = outcomesOf(await desk.send([part('cpu'), part('busy'), part('io', { wapSubscriptionId: 'who' })]));
    const of = { EventId: 1, token: 't', recordQuantities: 4 };
    const reason = 'The subscription who is not mapped to billing yet.';
    assert.deepEqual(
      outcomes.sort((a, b) => String(a.key).localeCompare(String(b.key))),
      [
        { ...of, key: 'wap1/usage/1/busy', outcome: 'retry', retrySeconds: 5 },
        { ...of, key: 'wap1/usage/1/cpu', outcome: 'delivered' },
        { ...of, key: 'wap1/usage/1/io', outcome: 'waiting', reason },
      ],
    );
  });

  describe('to a billing system that forgets its keys', () => {
    beforeEach(() => {
      desk.sink.limits = { ...desk.sink.limits, dedupeWindowMs: 86_400_000 };
    });

    it('does not send a second time what was delivered', async () => {
      await desk.send([aQuantity(1)]);
      desk.sink.ledger.clear();
      desk.clock.advance(30 * 86_400_000);
      assert.equal(outcomeOf(await desk.send([aQuantity(1)]), 1)?.result, 'duplicate');
      assert.equal(desk.sink.calls.length, 1);
    });

    it('sends again within the time that billing knows the key', async () => {
      desk.sink.fails = () => away();
      await desk.send([aQuantity(1)]);
      desk.sink.fails = () => null;
      desk.clock.advance(80_000_000);
      assert.equal(outcomeOf(await desk.send([aQuantity(1)]), 1)?.result, 'delivered');
    });

    it('leaves it to a person when an old try may have arrived', async () => {
      desk.sink.fails = () => away();
      await desk.send([aQuantity(1)]);
      desk.sink.fails = () => null;
      desk.clock.advance(86_400_000);
      assert.match(JSON.stringify(outcomeOf(await desk.send([aQuantity(1)]), 1)), /"dead".*look there/);
      assert.equal(desk.sink.ledger.size, 0);
    });

    it('may be given again what it refused', async () => {
      desk.sink.says = () => ({ outcome: 'rejected', reason: 'no' });
      await desk.send([aQuantity(1)]);
      desk.sink.says = () => 'take';
      desk.clock.advance(30 * 86_400_000);
      assert.equal(outcomeOf(await desk.send([aQuantity(1)]), 1)?.result, 'delivered');
    });
  });

  it('delivers everything once, each subscription in order, whatever billing does', async () => {
    const place = fc.integer({ min: 0, max: 5 });
    await holds(
      'to a billing system that forgets its keys: delivers everything once, each subscription in order, whatever billing does',
      fc.asyncProperty(
        fc.array(fc.constantFrom('s1', 's2', 's3'), { minLength: 1, maxLength: 25 }),
        fc.array(fc.constantFrom('take', 'retry', 'lost', 'away'), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        place,
        async (subscriptions, moods, batch, parallel) => {
          const { sink } = desk;
          sink.ledger.clear();
          sink.limits = { ...sink.limits, batch };
          const left = [...moods];
          sink.fails = items => {
            const mood = left.shift();
            if (mood === 'lost') for (const { key, quantity } of items) sink.ledger.set(key, quantity);
            return mood === 'lost' || mood === 'away' ? away() : null;
          };
          sink.says = () => (left.shift() === 'retry' ? { outcome: 'retry', afterMs: null, reason: 'busy' } : 'take');
          desk.closing = new AbortController();
          desk.sender = desk.newSender(parallel + 1);
          const all = subscriptions.map((wapSubscriptionId, id) => aQuantity(id, { wapSubscriptionId }));
          let open = all;
          for (let round = 0; open.length > 0; round++) {
            assert.ok(round < 100, 'it does not end');
            const sent = await desk.send(open);
            open = open.filter(({ recordId }) => outcomeOf(sent, recordId)?.result === 'retry');
          }
          assert.deepEqual([...sink.ledger.keys()].sort(), all.map(({ key }) => key).sort());
        },
      ),
      { numRuns: 60 },
    );
  });
});
