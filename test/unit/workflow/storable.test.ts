import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { toStorable } from '../../../lib/workflow/storable';
import { holds } from '../../harness/property';
import { fails } from '../state/scratch';

describe('a message as a workflow stores it', () => {
  it('keeps plain data as it is', () => {
    const msg = { payload: { list: [1, 'two', null, { three: true }] }, topic: 'Gold', empty: {} };
    assert.deepEqual(JSON.parse(toStorable(msg).text), msg);
  });

  it('leaves out request, response and functions, and names them', () => {
    const { text, missing } = toStorable({ req: {}, res: { send: () => 1 }, done: () => 1, topic: 'x' });
    assert.deepEqual([JSON.parse(text), missing], [{ topic: 'x' }, ['req', 'res', 'done']]);
  });

  it('leaves out the place in another run without a word', () => {
    assert.deepEqual(toStorable({ workflow: { id: 'other' }, topic: 'x' }), { text: '{"topic":"x"}', missing: [] });
  });

  it('takes objects that a function node made in its own realm', () => {
    const payload = runInNewContext('({ a: [1, { b: 2 }] })');
    assert.equal(toStorable({ payload }).text, '{"payload":{"a":[1,{"b":2}]}}');
  });

  const circle: Record<string, unknown> = {};
  circle.self = { circle };
  for (const [payload, text] of [
    [{ at: new Date(0) }, /msg\.payload\.at: a Date/],
    [Buffer.from('x'), /msg\.payload: a Buffer/],
    [[1, { rows: new Map() }], /msg\.payload\[1\]\.rows: a Map/],
    [{ count: 1n }, /msg\.payload\.count: a bigint/],
    [{ price: Number.NaN }, /msg\.payload\.price: the number NaN/],
    [{ deep: { call: () => 1 } }, /msg\.payload\.deep\.call: a function/],
    [circle, /msg\.payload\.self\.circle: an object that contains itself/],
  ] as const) {
    it(`refuses what JSON would lose or change: ${text.source}`, () => {
      assert.throws(() => toStorable({ payload }), fails('INPUT_INVALID', text));
    });
  }

  it('bears the same object twice, which is no circle', () => {
    const shared = { a: 1 };
    assert.equal(toStorable({ payload: [shared, shared] }).text, '{"payload":[{"a":1},{"a":1}]}');
  });

  it('gives back every JSON value', () => {
    holds(
      'a message as a workflow stores it: gives back every JSON value',
      fc.property(fc.jsonValue(), payload => {
        const { text } = toStorable({ payload });
        assert.equal(text, JSON.stringify({ payload }));
      }),
    );
  });
});
