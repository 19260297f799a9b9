import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EventOutcome } from '../../../../lib/feeds/outcome';
import type { RecordBatch } from '../../../../lib/feeds/records/batch';
import { RecordFeed } from '../../../../lib/feeds/records/feed';
import type { Store } from '../../../../lib/state/port';
import { holds } from '../../../harness/property';
import { cleanScratch, StillClock, scratchStore } from '../../state/scratch';
import { MemoryUsage } from '../memory-usage';

/** The promise, and nothing of how it is kept: which records are to be billed, and which are settled. */
class Promised {
  readonly billable = new Set<number>();
  readonly settled = new Set<number>();
  emitted(ids: number[]): void {
    for (const id of ids) assert.ok(this.billable.has(id) && !this.settled.has(id), `record ${id} must not come now`);
    assert.ok(
      ids.every((id, place) => place === 0 || id > (ids[place - 1] ?? 0)),
      'a batch is in id order',
    );
  }
  get open(): number[] {
    return [...this.billable].filter(id => !this.settled.has(id));
  }
}

let runs = 0;

/** The real thing beside the model; every action checks what came out. */
class World {
  readonly #store: Store;
  readonly clock = new StillClock();
  readonly wap = new MemoryUsage();
  readonly model = new Promised();
  readonly #installation = `wap ${runs++}`;
  #feed: RecordFeed;
  #out: RecordBatch[] = [];
  #last = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#feed = this.restart();
  }

  restart(): RecordFeed {
    this.#out = [];
    this.#feed = new RecordFeed({
      store: this.#store,
      usage: this.wap,
      installation: this.#installation,
      reader: 'billing',
      clock: this.clock,
      options: {
        ...{ pageSize: 4, batchSize: 3, overlap: 6, maxStored: 12, maxOpenBatches: 2, redeliveryMs: 1000 },
        ...{ keepMs: 2000, keepRecords: 5 },
      },
    });
    return this.#feed;
  }

  raise(count: number, skip: number): void {
    for (let each = 0; each < count; each++) {
      this.#last += 1 + (each === 0 ? skip : 0);
      this.wap.show({ EventId: this.#last });
      this.model.billable.add(this.#last);
    }
  }

  /** A gap above what was read first is filled, however far below what was read last. */
  raiseLate(which: number): void {
    const first = Math.min(this.#last, ...this.#seen);
    const missing: number[] = [];
    for (let id = first; id < this.#last; id++) if (!this.wap.shown.has(id)) missing.push(id);
    const id = missing[which % Math.max(1, missing.length)];
    if (id === undefined) return;
    this.wap.show({ EventId: id });
    this.model.billable.add(id);
  }

  /** The provider sends one of its records again, which never is to be billed. */
  repeat(which: number): void {
    const known = [...this.wap.shown.values()][which % Math.max(1, this.wap.shown.size)];
    // Whichever is read first counts: one that was not read yet might be found late, after its repeat.
    if (!known || !this.#isRead(known.EventId)) return;
    this.#last += 1;
    this.wap.show({ ...known, EventId: this.#last });
  }

  readonly #seen = new Set<number>();
  #isRead(id: number): boolean {
    return this.#seen.has(id) || !this.model.billable.has(id);
  }

  async poll(): Promise<void> {
    const result = await this.#feed.poll();
    assert.deepEqual(result.failures, []);
  }

  async next(): Promise<void> {
    const batch = await this.#feed.next();
    if (!batch) return;
    const ids = batch.records.map(record => record.EventId);
    this.model.emitted(ids);
    const out = this.#out.flatMap(each => each.records.map(record => record.EventId));
    assert.ok(
      ids.every(id => !out.includes(id)),
      'nothing is out twice',
    );
    for (const id of ids) this.#seen.add(id);
    this.#out.push(batch);
    assert.ok(this.#out.length <= 2, 'the bound holds');
  }

  async settle(results: ReadonlyArray<EventOutcome['result']>, isWhole: boolean): Promise<void> {
    const batch = this.#out[0];
    if (!batch) return;
    if (isWhole) {
      this.#out.shift();
      const { left } = await this.#feed.settle(batch.token, outcomeOf(results[0] ?? 'delivered'));
      assert.equal(left, 0);
      if (isOver(results[0] ?? 'delivered')) for (const { EventId } of batch.records) this.model.settled.add(EventId);
      return;
    }
    const some = batch.records.slice(0, results.length);
    const list = some.map(({ EventId: eventId }, place): EventOutcome => {
      return { ...outcomeOf(results[place] ?? 'delivered'), eventId };
    });
    const { left } = await this.#feed.settle(batch.token, list);
    for (const { eventId, result } of list) if (isOver(result)) this.model.settled.add(eventId);
    batch.records.splice(0, some.length);
    assert.equal(left, batch.records.length);
    if (left === 0) this.#out.shift();
  }

  async later(ms: number): Promise<void> {
    this.clock.advance(ms);
    if (ms >= 1000) this.#out = [];
    const { feeds } = await this.#feed.status();
    const delivered = feeds[0]?.delivered ?? -1;
    const lowest = Math.min(...this.model.open.filter(id => this.#seen.has(id)));
    assert.ok(delivered < lowest, `${delivered} is delivered, but ${lowest} is open`);
  }

  /** In the end everything is settled, once. */
  async drain(): Promise<void> {
    this.restart();
    for (let round = 0; round < 200; round++) {
      const { stopped } = await this.#feed.poll();
      for (let batch = await this.#feed.next(); batch; batch = await this.#feed.next()) {
        this.model.emitted(batch.records.map(record => record.EventId));
        await this.#feed.settle(batch.token, { result: 'delivered' });
        for (const { EventId } of batch.records) this.model.settled.add(EventId);
      }
      this.clock.advance(3_600_000);
      if (stopped === null && this.model.open.length === 0) break;
    }
    assert.deepEqual(this.model.open, []);
    const { feeds, waiting, oldestAgeMs } = await this.#feed.status();
    assert.deepEqual([feeds[0]?.fetched, feeds[0]?.delivered], [this.#last || -1, this.#last || -1]);
    assert.deepEqual([waiting, oldestAgeMs], [0, null]);
  }
}

const isOver = (result: EventOutcome['result']): boolean => ['delivered', 'duplicate', 'dead'].includes(result);

function outcomeOf(result: EventOutcome['result']) {
  if (result === 'retry') return { result, afterMs: 500 };
  if (result === 'dead' || result === 'waiting') return { result, reason: 'so it is' };
  return { result };
}

const result = fc.constantFrom<EventOutcome['result'][]>(
  'delivered',
  'delivered',
  'duplicate',
  'retry',
  'waiting',
  'dead',
);
type Action =
  | ['raise', number, number]
  | ['late', number]
  | ['repeat', number]
  | ['poll']
  | ['next']
  | ['settle', EventOutcome['result'][], boolean]
  | ['later', number]
  | ['restart'];

const actionOf = <A extends Action>(...parts: { [P in keyof A]: fc.Arbitrary<A[P]> }): fc.Arbitrary<Action> =>
  fc.tuple(...parts) as fc.Arbitrary<A>;
const word = <W extends Action[0]>(text: W) => fc.constant(text);
const outcomes = fc.array(result, { minLength: 1, maxLength: 3 });
const action = fc.oneof(
  { weight: 4, arbitrary: actionOf(word('raise'), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 2 })) },
  { weight: 1, arbitrary: actionOf(word('late'), fc.nat(20)) },
  { weight: 1, arbitrary: actionOf(word('repeat'), fc.nat(20)) },
  { weight: 4, arbitrary: actionOf(word('poll')) },
  { weight: 4, arbitrary: actionOf(word('next')) },
  { weight: 4, arbitrary: actionOf(word('settle'), outcomes, fc.boolean()) },
  { weight: 2, arbitrary: actionOf(word('later'), fc.constantFrom(100, 600, 1000, 4000, 60_000)) },
  { weight: 1, arbitrary: actionOf(word('restart')) },
);

describe('usage records, whatever happens', () => {
  afterEach(cleanScratch);

  it('bring every record until it is settled, none twice, whatever WAP and the flow do', async function () {
    this.timeout(180_000);
    const store = await scratchStore(new StillClock());
    const property = fc.asyncProperty(fc.array(action, { maxLength: 25 }), async actions => {
      const world = new World(store);
      for (const [what, first, second] of actions) {
        if (what === 'raise') world.raise(first, second);
        else if (what === 'late') world.raiseLate(first);
        else if (what === 'repeat') world.repeat(first);
        else if (what === 'poll') await world.poll();
        else if (what === 'next') await world.next();
        else if (what === 'settle') await world.settle(first, second);
        else if (what === 'later') await world.later(first);
        else world.restart();
      }
      await world.drain();
    });
    const examples: Array<[Action[]]> = [
      // A late record and a new one in one page (2026-11-22).
      [[['raise', 1, 1], ['poll'], ['late', 0], ['raise', 1, 0]]],
    ];
    await holds(
      'usage records, whatever happens: bring every record until it is settled, none twice, whatever WAP and the flow do',
      property,
      { numRuns: Number(process.env.MODEL_RUNS ?? 120), examples },
    );
  });
});
