import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { OfferRef } from '../../../../lib/billing/port';
import { PropagationWatch } from '../../../../lib/billing/propagation/watch';
import { holds } from '../../../harness/property';
import { ManualClock } from '../manual-clock';

/** Times in whole seconds from the start. */
interface Story {
  arrives: number;
  shows: number | null;
  interval: number;
  patience: number;
  gives: number | null;
}

const story: fc.Arbitrary<Story> = fc.record({
  arrives: fc.nat(20),
  shows: fc.option(fc.nat(60)),
  interval: fc.integer({ min: 1, max: 15 }),
  patience: fc.integer({ min: 0, max: 40 }),
  gives: fc.option(fc.nat(40), { freq: 5 }),
});

/** The turn of the event loop in which everything that is ready has run. */
const settled = () => new Promise(resolve => setImmediate(resolve));

describe('waiting for propagation, whatever comes when', () => {
  for (const canList of [true, false])
    it(`ends each wait in time and by the truth, ${canList ? 'with' : 'without'} a list`, () =>
      holds(
        'waiting for propagation, whatever comes when: ends each wait in time and by the truth, (canList ? ’with’ : ’without’) a list',
        fc.asyncProperty(fc.array(story, { minLength: 1, maxLength: 12 }), async stories => {
          const clock = new ManualClock();
          const begin = clock.now();
          const second = () => (clock.now() - begin) / 1000;
          const offer = (key: string): OfferRef => {
            const shows = stories[Number(key)]?.shows ?? null;
            const isShown = shows !== null && shows <= second();
            return { key, remoteId: isShown ? key : null, state: isShown ? 'active' : 'absent', version: null };
          };
          const shown = () => stories.map((_, key) => offer(String(key))).filter(({ state }) => state === 'active');
          const provider = {
            offerState: async (key: string) => offer(key),
            listOffers: canList ? async () => shown() : null,
            check: async () => undefined,
          };
          const watch = new PropagationWatch(provider, clock);
          const ends: Array<{ how: string; at: number } | undefined> = [];
          for (let now = 0; now <= 61; now++) {
            for (const [n, { arrives, interval, patience, gives }] of stories.entries()) {
              if (arrives !== now) continue;
              const stop = new AbortController();
              const request = { key: String(n), until: 'active', signal: stop.signal } as const;
              void watch
                .wait({ ...request, intervalMs: interval * 1000, deadlineAt: clock.now() + patience * 1000 })
                .then(
                  ({ outcome }) => outcome,
                  error => error.code,
                )
                .then(how => {
                  ends[n] = { how, at: second() };
                });
              if (gives !== null) void clock.sleep(gives * 1000 + 1).then(() => stop.abort());
            }
            await settled();
            clock.advance(1);
            await settled();
            clock.advance(999);
            await settled();
          }
          for (const [n, { arrives, shows, interval, patience, gives }] of stories.entries()) {
            const deadline = arrives + patience;
            const ready = shows === null ? Number.POSITIVE_INFINITY : Math.max(arrives, shows);
            const { how, at } = ends[n] ?? { how: 'never ended', at: 0 };
            if (how === 'ABORTED') assert.equal(at, arrives + (gives ?? Number.NaN) + 0.001);
            else if (how === 'ready') assert.ok(at >= ready && at <= Math.min(ready + interval, deadline));
            else assert.deepEqual([how, at, ready > deadline], ['not in time', deadline, true]);
          }
          assert.equal(clock.sleeping, 0);
        }),
        { numRuns: 150 },
      ));
});
