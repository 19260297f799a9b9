import assert from 'node:assert/strict';
import fc from 'fast-check';
import { outputMap } from '../../../editor/row-outputs';
import { holds } from '../../harness/property';

/** Where the outputs go that were there before. */
const moved = (before: string[], now: string[]) =>
  Object.fromEntries(Object.entries(outputMap(before, now, 2)).filter(([from]) => !from.startsWith('new')));

describe('the outputs of rows', () => {
  for (const [title, before, now, map] of [
    ['stay as they are', ['Yes', 'No'], ['Yes', 'No'], { 0: 0, 1: 1, 2: 2, 3: 3 }],
    ['follow rows that change places', ['Yes', 'No'], ['No', 'Yes'], { 0: 1, 1: 0, 2: 2, 3: 3 }],
    ['make room for a new row', ['Yes', 'No'], ['Yes', 'Later', 'No'], { 0: 0, 1: 2, 2: 3, 3: 4 }],
    ['go with a row that is removed', ['Yes', 'Later', 'No'], ['Yes', 'No'], { 0: 0, 1: -1, 2: 1, 3: 2, 4: 3 }],
    ['stay with a row that is renamed', ['Yes', 'No'], ['It is there', 'No'], { 0: 0, 1: 1, 2: 2, 3: 3 }],
    ['tell equal rows apart', ['A', 'A'], ['A', 'A'], { 0: 0, 1: 1, 2: 2, 3: 3 }],
  ] as const) {
    it(title, () => assert.deepEqual(moved([...before], [...now]), map));
  }

  it('are complete, and no two go to one, whatever was changed', () => {
    const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 6 });
    holds(
      'the outputs of rows: are complete, and no two go to one, whatever was changed',
      fc.property(texts, texts, (before, now) => {
        const map = outputMap(before, now, 2);
        const old = Object.entries(map).filter(([from]) => !from.startsWith('new'));
        const to = Object.values(map).filter(each => each >= 0);
        assert.equal(old.length, before.length + 2);
        assert.deepEqual(
          [...to].sort((a, b) => a - b),
          [...Array(now.length + 2).keys()],
        );
      }),
    );
  });
});
