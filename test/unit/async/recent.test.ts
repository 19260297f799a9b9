import assert from 'node:assert/strict';
import { Recent } from '../../../lib/async/recent';
import { StillClock } from '../state/scratch';

describe('recent answers', () => {
  it('are asked for once by many at once, and for a while after', async () => {
    const clock = new StillClock();
    const recent = new Recent<number>(5_000, clock);
    let asked = 0;
    const ask = () => recent.get('plans', () => Promise.resolve(++asked));
    assert.deepEqual(await Promise.all(Array.from({ length: 200 }, ask)), Array(200).fill(1));
    clock.advance(4_999);
    assert.equal(await ask(), 1);
    clock.advance(1);
    assert.equal(await ask(), 2);
    clock.time -= 60_000; // the clock of the machine was set back
    assert.equal(await ask(), 3);
  });

  it('are kept apart by key, and failures as long as others', async () => {
    const clock = new StillClock();
    const recent = new Recent<string>(5_000, clock);
    let asked = 0;
    const fail = () => Promise.reject(new Error(`down ${++asked}`));
    for (let round = 0; round < 100; round += 1) await assert.rejects(recent.get('a', fail), /down 1/);
    assert.equal(asked, 1);
    clock.advance(5_000);
    assert.equal(await recent.get('a', () => Promise.resolve('up')), 'up');
    assert.equal(await recent.get('b', () => Promise.resolve('other')), 'other');
  });
});
