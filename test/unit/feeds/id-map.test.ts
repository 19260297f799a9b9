import assert from 'node:assert/strict';
import fc from 'fast-check';
import { beginningStep, earlierIds, IdMap } from '../../../lib/feeds/id-map';
import { missingOf } from '../../../lib/feeds/id-ranges';
import { holds } from '../../harness/property';

const wapId = fc.integer({ min: 0, max: 30 });
const map = fc
  .array(wapId, { maxLength: 4 })
  .map(starts => new IdMap(starts.map((fromId, index) => ({ number: index + 1, fromId }))));
const anyId = fc.tuple(fc.integer({ min: 0, max: 5 }), wapId).map(([number, id]) => number * beginningStep + id);

describe('ids of WAP as they are counted', () => {
  it('rise with WAP, lead back to it, and are found from any place on', () => {
    holds(
      'ids of WAP as they are counted: rise with WAP, lead back to it, and are found from any place on',
      fc.property(map, anyId, (ids, from) => {
        const all = Array.from({ length: 40 }, (_, id) => id);
        const ours = all.map(id => ids.ours(id));
        for (const id of all) assert.equal(ids.wap(ids.ours(id)), id);
        for (const [index, id] of ours.entries()) assert.ok(index === 0 || id > (ours[index - 1] ?? 0));
        const start = ids.startFor(from);
        assert.deepEqual(
          all.filter(id => id >= start),
          all.filter(id => ids.ours(id) >= from),
        );
      }),
    );
  });

  it("are WAP's own before the first new beginning, however long", () => {
    const plain = new IdMap([]);
    for (const id of [0, 7, beginningStep, 2 ** 53 - 1]) {
      assert.deepEqual([plain.ours(id), plain.wap(id), plain.startFor(id)], [id, id, id]);
    }
  });

  it('know under which ids the same id of WAP was known before', () => {
    assert.deepEqual(earlierIds(5), []);
    assert.deepEqual(earlierIds(2 * beginningStep + 5), [5, beginningStep + 5]);
  });
});

describe('missing ids', () => {
  it('are those between two that are not known', () => {
    holds(
      'missing ids: are those between two that are not known',
      fc.property(fc.uniqueArray(wapId), wapId, wapId, (known, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const ascending = [...known].sort((a, b) => a - b);
        const listed = missingOf(ascending, from, to).flatMap(([first, last]) =>
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        );
        const wanted: number[] = [];
        for (let id = from; id <= to; id++) if (!known.includes(id)) wanted.push(id);
        assert.deepEqual(listed, wanted);
      }),
    );
  });
});
