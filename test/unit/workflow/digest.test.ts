import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changedInputs, digestsOf } from '../../../lib/workflow/digest';
import { holds } from '../../harness/property';

const changes = (before: Record<string, unknown>, now: Record<string, unknown>) =>
  changedInputs(digestsOf(before), digestsOf(now));

describe('digests of inputs', () => {
  for (const [title, before, now, changed] of [
    ['nothing changed', { name: 'Gold', n: 1 }, { n: 1, name: 'Gold' }, []],
    ['another order of fields', { quotas: { a: 1, b: 2 } }, { quotas: { b: 2, a: 1 } }, []],
    ['another order of a list', { links: [1, 2] }, { links: [2, 1] }, ['links']],
    ['another value', { name: 'Gold', n: 1 }, { name: 'Silver', n: 2 }, ['n', 'name']],
    ['one more', { name: 'Gold' }, { name: 'Gold', price: '1' }, ['price']],
    ['one less', { name: 'Gold', price: '1' }, { name: 'Gold' }, ['price']],
    ['a number and its text', { n: 1 }, { n: '1' }, ['n']],
    ['nothing and null', { n: undefined }, { n: null }, ['n']],
    ['a field that is undefined', { plan: { a: 1, b: undefined } }, { plan: { a: 1 } }, []],
  ] as const) {
    it(`names what differs: ${title}`, () => assert.deepEqual(changes(before, now), changed));
  }

  it('keeps nothing of the values', () => {
    assert.doesNotMatch(JSON.stringify(digestsOf({ password: 'correct horse' })), /correct|horse/);
  });

  it('is the same for equal values and differs for others', () => {
    holds(
      'digests of inputs: is the same for equal values and differs for others',
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        assert.deepEqual(changes({ value: a }, { value: JSON.parse(JSON.stringify(a)) }), []);
        if (JSON.stringify(a) !== JSON.stringify(b) && typeof a !== 'object') {
          assert.deepEqual(changes({ value: a }, { value: b }), ['value']);
        }
      }),
    );
  });
});
