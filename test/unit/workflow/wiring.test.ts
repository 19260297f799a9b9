import assert from 'node:assert/strict';
import { branchesTo, comesTo, nextSteps, type Stop } from '../../../lib/workflow/wiring';
import { type Drawn, end, step, wired } from './drawn';

const join = (...outputs: string[][]): Partial<Stop> => ({ kind: 'join', sends: 'one', outputs });
const core = (...outputs: string[][]): Partial<Stop> => ({ outputs });
const switched = (...outputs: string[][]): Partial<Stop> => ({ sends: 'one', outputs });
const delay = (...outputs: string[][]): Partial<Stop> => ({ outputs, holds: true });
describe('branches that come to a join', () => {
  for (const [title, drawn, count] of [
    ['are those of a fork', { from: core(['a', 'b']), a: step(['J']), b: step(['J']) }, 2],
    ['are one on one way', { from: core(['a']), a: step(['J']) }, 1],
    [
      'are those of three wires, one of them straight',
      { from: core(['a', 'b', 'J']), a: step(['J']), b: core(['J']) },
      3,
    ],
    [
      'are counted where they share a node',
      { from: core(['a', 'b']), a: step(['t']), b: step(['t']), t: core(['J']) },
      2,
    ],
    ['are one from the outputs of a step', { from: core(['a', 'b']), a: step(['J'], ['J']), b: step(['J']) }, 2],
    [
      'are one from those of a switch',
      { from: core(['s', 'b']), s: switched(['a'], ['J']), a: step(['J']), b: step(['J']) },
      2,
    ],
    ['are one from each output of a function', { from: core(['f']), f: core(['a'], ['J']), a: step(['J']) }, 2],
    [
      'count those that end before it for nothing',
      { from: core(['a', 'b']), a: step(['J']), b: step(['e']), e: end },
      1,
    ],
    [
      'are one from a join before it',
      {
        from: core(['a', 'b']),
        ...{ a: step(['c', 'd']), c: step(['K']), d: step(['K']), K: join(['J']), b: step(['J']) },
      },
      2,
    ],
    [
      'are those of a fork behind a join',
      { from: core(['a', 'b']), a: step(['K']), b: step(['K']), K: join(['c', 'd']), c: step(['J']), d: step(['J']) },
      2,
    ],
    [
      'are the same with a loop in one',
      { from: core(['a', 'b']), a: step(['s']), s: switched(['a'], ['J']), b: step(['J']) },
      2,
    ],
    [
      'are not counted behind a split',
      { from: core(['s']), s: { outputs: [['J']], sends: 'many' } },
      Number.POSITIVE_INFINITY,
    ],
    ['are none where nothing leads there', { from: core(['a']), a: step([]) }, 0],
  ] as Array<[string, Drawn, number]>) {
    it(title, () => assert.equal(branchesTo(wired({ J: join(['after']), ...drawn }), ['from'], 'J'), count));
  }

  it('are counted in a flow of many diamonds at once', () => {
    const drawn: Drawn = { J: join([]) };
    for (let index = 0; index < 60; index += 1) {
      const next = index === 59 ? 'J' : `s${index + 1}`;
      Object.assign(drawn, { [`s${index}`]: switched([`a${index}`], [`b${index}`]) });
      Object.assign(drawn, { [`a${index}`]: step([next]), [`b${index}`]: step([next]) });
    }
    assert.equal(branchesTo(wired(drawn), ['s0'], 'J'), 1);
  });
});

describe('the steps behind a step', () => {
  it('are those on its way, with what may be held before them', () => {
    const wires = wired({
      ...{
        fork: core(['a', 'slow', 'e']),
        slow: delay(['b']),
        a: step(['far']),
        b: step(['far']),
        far: step([]),
        e: end,
      },
    });
    assert.deepEqual(Object.fromEntries(nextSteps(wires, ['fork'])), {
      a: { count: 1, isHeld: false },
      b: { count: 1, isHeld: true },
      e: { count: 1, isHeld: false },
    });
  });

  it('are held when one of two ways is', () => {
    const wires = wired({ fork: core(['a', 'slow']), slow: delay(['a']), a: step([]) });
    assert.deepEqual([...nextSteps(wires, ['fork']).values()], [{ count: 2, isHeld: true }]);
  });
});

describe('what can come to a node', () => {
  const wires = wired({
    ...{ a: { ...step(['b']), aside: ['catch'] }, b: step(['a']), catch: core(['J']), J: join(['end']), end },
  });
  it('comes by loops and by Catch', () => assert.equal(comesTo(wires, ['b'], 'J'), true));
  it('does not come back from the end', () => assert.equal(comesTo(wires, ['J'], 'a'), false));
});
