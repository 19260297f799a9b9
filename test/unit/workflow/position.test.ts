import assert from 'node:assert/strict';
import type { AdapterError } from '../../../lib/errors';
import {
  addFailure,
  areOtherParts,
  failuresOf,
  nodeOfPlace,
  type Position,
  placeOf,
  positionsOf,
  setPosition,
  stepsOfWay,
  wayOf,
} from '../../../lib/workflow/position';
import { fails } from '../state/scratch';

const at = (more: Partial<Position> = {}): Position => ({
  ...{ id: 'r1', key: 'Gold', pass: 1, visits: { a: 1 }, last: 'a:1:0' },
  ...more,
});
const message = (...positions: Position[]): { workflow?: Position } => {
  // As core's join does it: the properties of each message, the last of one name.
  const each = positions.map(position => {
    const msg: { workflow?: Position } = {};
    setPosition(msg, position);
    return msg;
  });
  return Object.assign({}, ...each);
};

describe('where a message is in its run', () => {
  it('is nowhere without a position', () => {
    assert.equal(placeOf({}), undefined);
    const msg = message(at());
    setPosition(msg, undefined);
    assert.deepEqual([msg, placeOf(msg), failuresOf(msg)], [{}, undefined, null]);
  });

  it('is one place, whatever it was before', () => {
    const msg = message(at());
    setPosition(msg, at({ last: 'b:1:0' }));
    assert.deepEqual(placeOf(msg), { id: 'r1', key: 'Gold', pass: 1, visits: { a: 1 }, ways: ['b:1:0'] });
    assert.equal(positionsOf(msg).length, 2);
  });

  it('is where all branches came from that were joined in it, in the latest pass', () => {
    const joined = message(at({ pass: 3, visits: { a: 2, b: 1 } }), at({ visits: { a: 1, c: 4 }, last: 'c:4:0' }));
    assert.deepEqual(placeOf(joined), {
      ...{ id: 'r1', key: 'Gold', pass: 3, visits: { a: 2, b: 1, c: 4 }, ways: ['c:4:0', 'a:1:0'] },
    });
  });

  it('is not in two runs', () => {
    const mixed = message(at(), at({ id: 'r2', key: 'Tin' }));
    assert.throws(
      () => placeOf(mixed),
      error => {
        const runs = [
          { id: 'r2', key: 'Tin' },
          { id: 'r1', key: 'Gold' },
        ];
        assert.deepEqual((error as AdapterError).cause.details, { runs });
        return fails('STATE_RUNS_MIXED', /parts of the runs "Tin" and "Gold"/)(error);
      },
    );
  });

  it('tells which failures it is about, unless a flow built it', () => {
    const msg = message(at());
    assert.deepEqual(failuresOf(msg), new Set());
    addFailure(msg, 'a:1');
    addFailure(msg, 'b:2');
    assert.deepEqual(failuresOf({ ...msg }), new Set(['a:1', 'b:2']));
    assert.equal(failuresOf({ workflow: at() }), null);
  });
});

describe('the way of a message to a node', () => {
  it('does not depend on which branch came last', () => {
    assert.equal(wayOf(['b:1:0', 'a:1:0'], undefined), wayOf(['a:1:0', 'b:1:0'], undefined));
    assert.deepEqual(stepsOfWay(wayOf(['b:1:0', 'a:1:0'], undefined)), ['a:1:0', 'b:1:0']);
    assert.deepEqual(stepsOfWay(wayOf([], undefined)), []);
  });

  it('that is long is stored as a digest, which depends on every step', () => {
    const steps = Array.from({ length: 60 }, (_none, index) => `node-${index}:1:0`);
    const way = wayOf(steps, '3');
    assert.match(way, /^#[0-9a-f]{64}\/3$/);
    assert.equal(stepsOfWay(way), null);
    assert.notEqual(wayOf(steps.slice(1), '3'), way);
  });

  for (const [a, b, expected] of [
    [wayOf(['a:1:0'], '1'), wayOf(['a:1:0'], '2'), true],
    [wayOf(['a:1:0'], '1'), wayOf(['a:1:0'], '1'), false],
    [wayOf(['a:1:0'], '1'), wayOf(['b:1:0'], '2'), false],
    [wayOf(['a:1:0'], '1'), wayOf(['a:1:0'], undefined), true],
  ] as const)
    it(`${a} and ${b} are ${expected ? '' : 'not '}other parts of one split`, () =>
      assert.equal(areOtherParts(a, b), expected));

  it('names nodes, also with a colon', () => assert.equal(nodeOfPlace('a:b:12'), 'a:b'));
});
