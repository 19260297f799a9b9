import assert from 'node:assert/strict';
import fc from 'fast-check';
import { holds, type KeptSeed } from './property';

/** Fails for every number from 1000 on. */
const small = (met: number[]) =>
  fc.property(fc.nat(1_000_000), each => {
    met.push(each);
    assert.ok(each < 1000);
  });

describe('a property', () => {
  it('that fails says how its case is kept, and a kept case is tried first', () => {
    let said = '';
    assert.throws(
      () => holds('of this test', small([]), { seed: 5 }),
      (error: Error) => {
        said = error.message;
        return /Keep this case in test\/seeds.json/.test(said);
      },
    );
    const kept: KeptSeed = JSON.parse(said.slice(said.indexOf('seeds.json: ') + 'seeds.json: '.length));
    assert.equal(kept.property, 'of this test');
    const met: number[] = [];
    assert.throws(() => holds('of this test', small(met), {}, [kept]));
    assert.deepEqual(met, [1000], 'the shrunk case comes first and alone');
  });

  it('is not troubled by the seeds of another', () => {
    const met: number[] = [];
    holds(
      'mine',
      fc.property(fc.nat(9), each => void met.push(each)),
      { numRuns: 3 },
      [{ property: 'of another', seed: 1, path: '0', about: '' }],
    );
    assert.equal(met.length, 3);
  });
});
