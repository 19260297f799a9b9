import assert from 'node:assert/strict';
import fc from 'fast-check';
import { idsOf, PartIds, packIds } from '../../../../lib/feeds/records/ids';
import { holds } from '../../../harness/property';

describe('ids of a part of a page', () => {
  it('are those of the page at these places, with or without gaps', () => {
    const ids = fc
      .uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 })
      .map(list => list.sort((a, b) => a - b));
    holds(
      'ids of a part of a page: are those of the page at these places, with or without gaps',
      fc.property(ids, fc.nat(40), fc.nat(40), (list, one, other) => {
        const [start = 0, end = 0] = [one % list.length, other % list.length].sort((a, b) => a - b);
        const page = { firstId: list[0] ?? 0, total: list.length, ids: packIds(list) };
        assert.deepEqual(idsOf(page), list);
        const own = list.slice(start, end);
        const part = new PartIds(page, start, end);
        assert.deepEqual([part.all(), part.length], [own, own.length]);
        for (let id = -1; id <= 61; id += 1) assert.equal(part.placeOf(id), own.indexOf(id));
        for (let place = -1; place <= 41; place += 1) assert.equal(part.at(place), own[place]);
      }),
    );
  });

  it('take no room where there is no gap', () => {
    assert.equal(packIds([5, 6, 7]), '');
    assert.equal(packIds([5, 7, 10]), '0,2,3');
  });
});
