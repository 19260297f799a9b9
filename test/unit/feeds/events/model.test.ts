import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Batch } from '../../../../lib/feeds/events/delivery';
import { EventFeed } from '../../../../lib/feeds/events/feed';
import type { FeedOptions } from '../../../../lib/feeds/events/options';
import type { Outcome } from '../../../../lib/feeds/outcome';
import type { EventFeed as FeedName } from '../../../../lib/wap/types';
import { holds } from '../../../harness/property';
import { cleanScratch, StillClock, scratchFolder, scratchStore } from '../../state/scratch';
import { MemoryWap } from '../memory-wap';

const feeds = ['plans', 'addons', 'planServices'] as const;

/** The promise, and nothing of how it is kept: which events are facts, and which are settled. */
class Promised {
  readonly facts = new Set<number>();
  readonly settled = new Set<number>();
  emitted(ids: number[]): void {
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => a - b),
      'a batch is in id order',
    );
    for (const id of ids) assert.ok(this.facts.has(id) && !this.settled.has(id), `event ${id} must not come now`);
  }
  settle(ids: number[]): void {
    for (const id of ids) this.settled.add(id);
  }
  get open(): number[] {
    return [...this.facts].filter(id => !this.settled.has(id));
  }
}

/** The real thing beside the model; every action checks what came out. */
class World {
  readonly #store: Awaited<ReturnType<typeof scratchStore>>;
  readonly #more: Partial<FeedOptions>;
  readonly clock = new StillClock();
  readonly wap = new MemoryWap();
  readonly model = new Promised();
  readonly #feedOf = new Map<number, FeedName>();
  #undecided: number[] = [];
  #out: Batch[] = [];
  #plans = 0;
  #feed: EventFeed | undefined;

  /** Facts that WAP showed late and that have not come yet. */
  readonly #late = new Set<number>();

  private constructor(store: Awaited<ReturnType<typeof scratchStore>>, more: Partial<FeedOptions>) {
    this.#store = store;
    this.#more = more;
  }

  static async open(more: Partial<FeedOptions>): Promise<World> {
    const clock = new StillClock();
    const world = new World(await scratchStore(clock, join(await scratchFolder(), 's')), more);
    await world.restart();
    return world;
  }

  async restart(): Promise<void> {
    this.#feed = new EventFeed({
      store: this.#store,
      usage: this.wap,
      installation: 'wap',
      reader: 'billing',
      feeds,
      clock: this.clock,
      fetchParent: async () => true,
      options: {
        pageSize: 3,
        maxPages: 5,
        overlap: 5,
        maxOpen: 8,
        batchSize: 3,
        maxOpenBatches: 2,
        redeliveryMs: 1000,
        parentLimitMs: 500,
        keepMs: 2000,
        ...this.#more,
      },
    });
  }

  get feed(): EventFeed {
    return this.#feed ?? assert.fail();
  }

  async raise(at: number, state: number): Promise<void> {
    const name = feeds[at % feeds.length] ?? 'plans';
    const parent = name === 'planServices' ? `p${at % (this.#plans + 2)}` : null;
    const Entity = { Id: name === 'plans' ? `p${this.#plans++}` : `x${at}` };
    const { EventId } = this.wap.raise(name, { State: state, Entity, EntityParentId: parent }, at % 3);
    this.#feedOf.set(EventId, name);
    if (state === 0) this.model.facts.add(EventId);
    if (state === 2) this.#undecided.push(EventId);
  }

  /** Shows an event under an id that was left out, however far below. */
  async late(at: number): Promise<void> {
    const known = [...this.#feedOf.keys()];
    const missing: number[] = [];
    for (let id = Math.min(...known) + 1; id < Math.max(...known); id++) if (!this.#feedOf.has(id)) missing.push(id);
    const EventId = missing[at % (missing.length || 1)];
    if (EventId === undefined) return;
    const name = feeds[at % 2] ?? 'plans';
    this.wap.show(name, { EventId, Entity: { Id: `late${EventId}` } });
    this.#feedOf.set(EventId, name);
    this.model.facts.add(EventId);
    this.#late.add(EventId);
  }

  async decide(at: number, state: number): Promise<void> {
    const [EventId] = this.#undecided.splice(at % (this.#undecided.length || 1), 1);
    if (EventId === undefined) return;
    const name = this.#feedOf.get(EventId) ?? 'plans';
    const [event] = (await this.wap.events(name, EventId, 1)) ?? [];
    this.wap.show(name, { ...event, EventId, State: state });
    if (state === 0) this.model.facts.add(EventId);
  }

  async poll(broken: boolean): Promise<void> {
    let calls = 0;
    this.wap.before = () => {
      if (broken && ++calls === 3) throw new Error('no answer');
    };
    await this.feed.poll();
    this.wap.before = () => undefined;
  }

  async take(): Promise<boolean> {
    const batch = await this.feed.next();
    if (!batch) return false;
    this.model.emitted(batch.events.map(each => each.event.EventId));
    for (const { event } of batch.events) this.#late.delete(event.EventId);
    this.#out.push(batch);
    return true;
  }

  /** Acknowledges any batch that was ever taken: also one twice, or one that has come again since. */
  async settle(at: number, outcome: Outcome): Promise<void> {
    const batch = this.#out[at % (this.#out.length || 1)];
    if (!batch) return;
    const before = await this.feed.status();
    const { settled } = await this.feed.settle(batch.token, outcome).catch(() => ({ settled: 0 }));
    assert.ok(settled === 0 || settled === batch.count);
    assert.equal((await this.feed.status()).unacknowledged, before.unacknowledged - settled);
    if (settled > 0 && outcome.result !== 'retry') this.model.settle(batch.events.map(each => each.event.EventId));
  }

  async checkDelivered(): Promise<void> {
    for (const { feed, delivered, fetched } of (await this.feed.status()).feeds) {
      assert.ok(delivered <= fetched);
      for (const id of this.model.open) {
        assert.ok(
          this.#feedOf.get(id) !== feed || id > delivered || this.#late.has(id),
          `${feed} is delivered to ${delivered}, ${id} is open`,
        );
      }
    }
  }

  /** Nothing disturbs any more: everything must come, and all of it be settled. */
  async drain(): Promise<void> {
    while (this.#undecided.length > 0) await this.decide(0, 0);
    for (let idle = 0; idle < 3; ) {
      this.clock.time += 1000;
      await this.poll(false);
      idle++;
      while (await this.take()) {
        await this.settle(this.#out.length - 1, { result: 'delivered' });
        idle = 0;
      }
    }
    assert.deepEqual(this.model.open, []);
    const { waiting, unacknowledged, pending, parked, feeds: cursors } = await this.feed.status();
    assert.deepEqual(
      { waiting, unacknowledged, pending, parked },
      { waiting: 0, unacknowledged: 0, pending: 0, parked: 0 },
    );
    for (const { delivered, fetched } of cursors) assert.equal(delivered, fetched);
  }
}

const at = fc.nat(20);
const outcome = fc.oneof(
  fc.constant<Outcome>({ result: 'delivered' }),
  fc.constant<Outcome>({ result: 'duplicate' }),
  fc.constant<Outcome>({ result: 'dead', reason: 'refused' }),
  fc.constantFrom<Outcome>({ result: 'retry', afterMs: 0 }, { result: 'retry', afterMs: 700 }),
);
const action = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('raise' as const), at, fc.constantFrom(0, 0, 0, 0, 1, 2)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('late' as const), at) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('decide' as const), at, fc.constantFrom(0, 1)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('poll' as const), fc.boolean()) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('take' as const)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('settle' as const), at, outcome) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('wait' as const), fc.nat(1500)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('restart' as const)) },
);

describe('event feed against its promise', () => {
  afterEach(cleanScratch);

  it('emits every fact until it is settled, once, through failures, repeats and restarts', async () => {
    await holds(
      'event feed against its promise: emits every fact until it is settled, once, through failures, repeats and restarts',
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60 }), fc.boolean(), async (steps, forgets) => {
        // What is forgotten at once cannot be told from what comes late.
        const world = await World.open(forgets ? { overlapMs: 0, missingMs: 0 } : {});
        for (const step of steps) {
          if (step[0] === 'raise') await world.raise(step[1], step[2]);
          else if (step[0] === 'late') await (forgets ? undefined : world.late(step[1]));
          else if (step[0] === 'decide') await world.decide(step[1], step[2]);
          else if (step[0] === 'poll') await world.poll(step[1]);
          else if (step[0] === 'take') await world.take();
          else if (step[0] === 'settle') await world.settle(step[1], step[2]);
          else if (step[0] === 'wait') world.clock.time += step[1];
          else await world.restart();
          await world.checkDelivered();
        }
        await world.drain();
        await cleanScratch();
      }),
      { numRuns: 30 },
    );
  }).timeout(120_000);
});
