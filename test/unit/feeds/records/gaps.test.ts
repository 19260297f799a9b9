import assert from 'node:assert/strict';
import { giveUpGaps } from '../../../../lib/feeds/records/gaps';
import { addGap, gapsBetween } from '../../../../lib/state/tables/usage-gap';
import { addStream, findStream } from '../../../../lib/state/tables/usage-stream';
import { cleanScratch, StillClock, scratchStore } from '../../state/scratch';

describe('usage: ids that are missing', () => {
  afterEach(cleanScratch);

  it('are told when they are given up because more are missing than is kept', async () => {
    const store = await scratchStore(new StillClock());
    const key = { installation: 'wap', consumer: 'billing', run: '' };
    const minute = 60_000;
    const now = 2000 * minute;
    const found = await store.transaction(async tx => {
      await addStream(tx, key, { position: -1, toId: null, salt: 0, now });
      const stream = await findStream(tx, key);
      assert.ok(stream);
      // Two a minute, of which every second id has come.
      for (let minutes = 0; minutes < 1010; minutes++)
        for (const half of [0, 1]) {
          const id = 4 * minutes + 2 * half + 2;
          const readAt = now - (1010 - minutes) * minute;
          await addGap(tx, stream.id, { from: id - 1, to: id, firstId: id, total: 1, ids: '', readAt });
        }
      const options = { overlapMs: 15 * minute, missingMs: 1440 * minute };
      const alarms = await giveUpGaps(tx, { ...stream, caughtUpAt: now }, options, now);
      return { alarms, kept: (await gapsBetween(tx, stream.id, 0, 10_000)).length };
    });
    assert.equal(found.kept, 2000);
    assert.deepEqual(
      found.alarms.map(({ kind, ids }) => [kind, ids?.length, ids?.[0], ids?.at(-1)]),
      [['missing', 20, [1, 1], [39, 39]]],
    );
    assert.match(
      found.alarms[0]?.message ?? '',
      /^20 ids of usage records have not come from WAP within 17 h \(1, 3, 5/,
    );
  });
});
