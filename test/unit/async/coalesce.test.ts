import assert from 'node:assert/strict';
import { Coalescer } from '../../../lib/async/coalesce';

describe('work that many ask for', () => {
  const rounds: number[][] = [];
  const half = new Coalescer<number, number>(async inputs => {
    rounds.push(inputs);
    await new Promise(resolve => setImmediate(resolve));
    if (inputs.some(input => input % 2 === 1)) throw new Error(`${inputs} cannot be halved`);
    return inputs.map(input => input / 2);
  });
  beforeEach(() => rounds.splice(0));

  it('is done at once for those who come together, and each gets its own', async () => {
    assert.deepEqual(await Promise.all([2, 4, 6].map(input => half.ask(input))), [1, 2, 3]);
    assert.deepEqual(rounds, [[2, 4, 6]]);
  });

  it('is done together for those who come while it is under way', async () => {
    const first = half.ask(2);
    while (rounds.length === 0) await new Promise(resolve => setImmediate(resolve));
    const others = [half.ask(4), half.ask(6)];
    assert.deepEqual(await Promise.all([first, ...others]), [1, 2, 3]);
    assert.deepEqual(rounds, [[2], [4, 6]]);
  });

  it('fails for nobody but those who have a reason', async () => {
    const results = await Promise.allSettled([2, 3, 4].map(input => half.ask(input)));
    assert.deepEqual(
      results.map(result => (result.status === 'fulfilled' ? result.value : String(result.reason))),
      [1, 'Error: 3 cannot be halved', 2],
    );
    assert.equal(await half.ask(8), 4);
  });

  it('is done in rounds of a bounded size', async () => {
    await Promise.all(Array.from({ length: 1200 }, (_, index) => half.ask(index * 2)));
    assert.deepEqual(
      rounds.map(({ length }) => length),
      [500, 500, 200],
    );
  });
});
