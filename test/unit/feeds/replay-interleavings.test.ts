import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventReader } from '../../../lib/feeds/events/reader';
import type { Replay } from '../../../lib/feeds/loop/replays';
import { RecordReader } from '../../../lib/feeds/records/reader';
import type { Store } from '../../../lib/state/port';
import { holds } from '../../harness/property';
import { cleanScratch, StillClock, scratchStore } from '../state/scratch';
import { MemoryUsage } from './memory-usage';
import { MemoryWap } from './memory-wap';

const done = { result: 'delivered' } as const;
const last = 6;

/** What both readers do, and a poll loop and commands use. */
interface Reader {
  poll(signal: undefined, why: 'turn' | 'more'): Promise<unknown>;
  next(): Promise<{ token: string; replay?: string | null; ids: number[] } | null>;
  settle(token: string, outcome: typeof done): Promise<unknown>;
  status(): Promise<unknown>;
  replay(range: { from: { id: number }; to: { id: number } | null }): Promise<Replay>;
}

/** Every transaction waits until the scheduler lets it begin. */
function inTurns(store: Store, scheduler: fc.Scheduler): Store {
  return {
    name: store.name,
    close: () => store.close(),
    transaction: async (work, options) => {
      await scheduler.schedule(Promise.resolve(), 'transaction');
      return store.transaction(work, options);
    },
  };
}

function recordReader(store: Store, installation: string, clock: StillClock, ended: string[]): Reader {
  const usage = new MemoryUsage();
  usage.showAll(1, last);
  const settings = { store, usage, installation, reader: 'billing', clock, options: { start: 'now' as const } };
  const reader = new RecordReader(settings, ({ replay }) => ended.push(replay));
  return {
    poll: (signal, why) => reader.poll(signal, why),
    next: async () => {
      const batch = await reader.next();
      return batch && { ...batch, ids: batch.records.map(({ EventId: id }) => id) };
    },
    settle: (token, outcome) => reader.settle(token, outcome),
    status: () => reader.status(),
    replay: range => reader.replay(range),
  };
}

function eventReader(store: Store, installation: string, clock: StillClock, ended: string[]): Reader {
  const usage = new MemoryWap();
  for (let id = 1; id <= last; id++) usage.plan(`p${id}`);
  const reader = new EventReader(
    {
      ...{ store, usage, installation, reader: 'billing', clock, feeds: ['plans'], fetchParent: async () => true },
      options: { start: 'now', maxOpenBatches: 3 },
    },
    ({ replay }) => ended.push(replay),
  );
  return {
    poll: (signal, why) => reader.poll(signal, why),
    next: async () => {
      const batch = await reader.next();
      return batch && { ...batch, ids: batch.events.map(({ event }) => event.EventId) };
    },
    settle: (token, outcome) => reader.settle(token, outcome),
    status: () => reader.status(),
    replay: range => reader.replay(range),
  };
}

/** One round of a poll loop; notes what came of each replay. */
async function round(reader: Reader, came: Map<string, number[]>): Promise<void> {
  await reader.poll(undefined, 'turn');
  for (let batch = await reader.next(); batch; batch = await reader.next()) {
    if (batch.replay) came.set(batch.replay, [...(came.get(batch.replay) ?? []), ...batch.ids]);
    await reader.settle(batch.token, done);
  }
  await reader.status();
}

describe('a replay that was answered as begun', () => {
  let store: Store;
  let runs = 0;
  before(async () => {
    store = await scratchStore(new StillClock());
  });
  after(cleanScratch);

  for (const [what, open] of [
    ['usage records', recordReader],
    ['events', eventReader],
  ] as const) {
    it(`is read to its end, whatever else the reader of ${what} does meanwhile`, async function () {
      this.timeout(60_000);
      const places = fc.array(fc.integer({ min: 1, max: last }), { minLength: 2, maxLength: 5 });
      await holds(
        'a replay that was answered as begun: is read to its end, whatever else the reader of (what) does meanwhile',
        fc.asyncProperty(fc.scheduler(), places, async (scheduler, begins) => {
          const [ended, came] = [[] as string[], new Map<string, number[]>()];
          const clock = new StillClock();
          const reader = open(inTurns(store, scheduler), `wap ${runs++}`, clock, ended);
          const loop = async () => {
            for (let times = 0; times < 4; times++) await round(reader, came);
          };
          const commands = begins.map(async id => {
            await scheduler.schedule(Promise.resolve(), 'command');
            clock.time += id % 2; // two at the same time among them
            return reader.replay({ from: { id }, to: { id: last } });
          });
          const all = Promise.all([loop(), ...commands]).then(async ([, ...begun]) => {
            await round(reader, came);
            await round(reader, came);
            return begun;
          });
          const begun = await scheduler.waitFor(all);
          for (const { replay, fromId } of begun) {
            const wanted = Array.from({ length: last - fromId + 1 }, (_, index) => fromId + index);
            assert.deepEqual(came.get(replay), wanted, `${replay} from ${fromId}`);
          }
          assert.deepEqual([...ended].sort(), begun.map(({ replay }) => replay).sort());
        }),
        { numRuns: 25 },
      );
    });
  }
});
