import assert from 'node:assert/strict';
import { onEachMajor } from '../../harness/repository';
import { putTogether, takenApart } from './parts-flows';
import { type UsageKill, UsageWorld } from './world';

/** Between the parts of a batch, and at any time. */
const kills: UsageKill[] = [
  { like: '^before billing POST', nth: 4 },
  { like: '^after commit of .*update usage_slice', nth: 5 },
  { afterMs: 2500 },
];

onEachMajor('usage in batches that a flow takes apart, in a process that is killed', major => {
  for (const [title, flows] of [
    ['taken apart before and behind the meter, routed and slowed down', takenApart],
    ['filtered at first, and put together from several batches', putTogether],
  ] as const) {
    it(`is billed once and right: ${title}`, async function () {
      this.timeout(240_000);
      const usage = await UsageWorld.start(major, { flows });
      try {
        const {
          lost,
          twice,
          wrong,
          kills: came,
        } = await usage.deliver({ count: 2000, seed: 50 + major, kills: [...kills] });
        assert.deepEqual({ lost, twice, wrong }, { lost: [], twice: [], wrong: [] });
        assert.ok(came >= 2, `only ${came} kills came`);
      } finally {
        await usage.stop();
      }
    });
  }
});
