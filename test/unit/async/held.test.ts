import assert from 'node:assert/strict';
import { Held } from '../../../lib/async/held';
import { StillClock } from '../state/scratch';

describe('an answer that is held', () => {
  it('is asked for again after as long as it deserves, once for all who ask meanwhile, and when the clock went back', async () => {
    const clock = new StillClock();
    const held = new Held<string>(answer => (answer === 'refused' ? 900 : 60), clock);
    const answers = ['works', 'refused', 'works again', 'and again'];
    let asked = 0;
    const ask = () => held.get(() => Promise.resolve(answers[asked++] ?? ''));
    assert.deepEqual(await Promise.all([ask(), ask()]), ['works', 'works']);
    clock.advance(59);
    assert.equal(await ask(), 'works');
    clock.advance(1);
    assert.equal(await ask(), 'refused');
    clock.advance(899);
    assert.equal(await ask(), 'refused');
    clock.advance(1);
    assert.equal(await ask(), 'works again');
    clock.time -= 1;
    assert.equal(await ask(), 'and again');
    assert.equal(asked, 4);
  });
});
