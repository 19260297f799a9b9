import assert from 'node:assert/strict';
import { Branches } from '../../../lib/workflow/branches';
import { type Arrival, Gatherings } from '../../../lib/workflow/gathering';
import { joinedMessage } from '../../../lib/workflow/joined';
import { propertyDigests } from '../../../lib/workflow/property-digests';

const arrival = (name: string, more: Partial<Arrival> = {}): Arrival => ({
  ...{ name, msg: {}, ways: [`${name}:1:0`], place: `${name}:1:0`, visits: { [name]: 1 }, failures: [] },
  ...more,
});
const carried = (...ways: string[]) => ({ ways: ways.map(way => `${way}:1:0`), visits: {}, failures: [], leftOut: [] });

describe('messages at a join', () => {
  it('are one step: the first waits for the others', () => {
    const join = new Gatherings().at('J', 1);
    assert.deepEqual(
      ['a', 'b', 'c'].map(name => join.come(arrival(name))),
      ['first', 'one more', 'one more'],
    );
  });

  it('are too late once it has gone on, but for those it went on with in an earlier pass', () => {
    const join = new Gatherings().at('J', 1);
    join.come(arrival('a'));
    join.come(arrival('c'));
    join.goOn(carried('a', 'b'));
    assert.deepEqual(
      join.missed.map(({ name }) => name),
      ['c'],
    );
    assert.deepEqual([join.come(arrival('b')), join.come(arrival('d'))], ['one more', 'too late']);
  });

  it('wait for another first one when that failed, which may come again', () => {
    const joins = new Gatherings();
    const join = joins.at('J', 1);
    join.come(arrival('a'));
    join.come(arrival('b'));
    assert.equal(joins.waiting, 1);
    join.fail();
    assert.equal(joins.waiting, 0);
    assert.equal(join.come(arrival('a')), 'first');
    assert.deepEqual(join.arrivals.map(({ name }) => name).sort(), ['a', 'b']);
  });

  it('are another join each time round', () => {
    const joins = new Gatherings();
    assert.notEqual(joins.at('J', 1), joins.at('J', 2));
    assert.equal(joins.at('J', 1), joins.find('J:1'));
  });

  it('tell of the failures it went on with', () => {
    const joins = new Gatherings();
    joins.at('J', 1).goOn({ ...carried('a'), failures: ['b:1'] });
    assert.deepEqual([joins.tell('b:1'), joins.tell('b:2')], [true, false]);
  });
});

describe('the message of a join', () => {
  const over = Promise.resolve();
  const failure = { code: 'WAP_CONFLICT', message: 'taken', cause: { retryable: false }, step: 'make' } as const;

  it('carries all ways, visits and failures, and says what came', () => {
    const branches = new Branches();
    branches.begin('make', 'm:2', [''], over).failed(failure);
    const failed = [...branches.steps()];
    const { set, carries } = joinedMessage({
      arrivals: [
        arrival('b', { msg: { onB: 1 }, visits: { b: 1, n: 3 } }),
        arrival('a', { msg: { onA: 1 }, failures: ['x:1'] }),
      ],
      ...{ failed, leftOut: ['l:1:0'], missing: 2, rule: 'later', branches, begin: {} },
    });
    const { error } = (set.branches as Record<string, { error: Record<string, unknown> }>).make ?? {};
    assert.deepEqual([set.onA, set.onB, error?.code], [1, 1, 'WAP_CONFLICT']);
    assert.deepEqual(set.joined, { branches: ['a', 'b', 'make'], differ: [], failed: ['a', 'make'], missing: 2 });
    assert.deepEqual(carries, {
      ways: ['b:1:0', 'a:1:0'],
      visits: { a: 1, b: 1, n: 3, m: 2 },
      failures: ['x:1', 'm:2'],
      leftOut: ['l:1:0'],
    });
  });

  it('compares branches with what the message had where their ways parted', () => {
    const branches = new Branches();
    const done = (name: string, ways: string[], msg?: Record<string, unknown>) =>
      branches
        .begin(name, `${name}:1`, ways, over)
        .done(`${name}:1:0`, { leadsOn: () => true, ...(msg ? { digests: propertyDigests(msg) } : {}) });
    done('fork', [''], { payload: 'at the fork' });
    done('a', ['fork:1:0']);
    done('b', ['fork:1:0']);
    const { set } = joinedMessage({
      arrivals: [
        arrival('b', { msg: { payload: 'at the fork' } }),
        arrival('a', { msg: { payload: 'of a' } }),
        arrival('c', { msg: { payload: 'at the start' }, ways: [''] }),
      ],
      ...{ failed: [], leftOut: [], missing: 0, rule: 'later', branches, begin: { payload: 'at the start' } },
    });
    assert.deepEqual([set.payload, (set.joined as { differ: string[] }).differ], ['of a', []]);
  });
});
