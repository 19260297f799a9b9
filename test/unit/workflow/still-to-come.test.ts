import assert from 'node:assert/strict';
import { Branches } from '../../../lib/workflow/branches';
import { type Gathering, Gatherings } from '../../../lib/workflow/gathering';
import { stillToCome } from '../../../lib/workflow/still-to-come';
import type { Stop } from '../../../lib/workflow/wiring';

const step = (...outputs: string[][]): Stop => ({ kind: 'step', sends: 'one', outputs, aside: [], holds: false });
const core = (holds: boolean, ...outputs: string[][]): Stop => ({
  ...{ kind: 'between', sends: 'each', outputs, aside: [], holds },
});

/** start → left → J; start → right → delay → far → J; start → aside → end; J → after → J (a loop). */
const drawn: Record<string, Stop> = {
  left: step(['J']),
  right: step(['slow'], ['quick']),
  slow: core(true, ['far']),
  quick: core(false, ['far']),
  far: step(['J']),
  aside: step(['end']),
  J: { ...step(['K']), kind: 'join' },
  K: { ...step(['J'], ['end']), kind: 'join' },
  end: { ...step([]), kind: 'end' },
  fails: { ...step(['J']), aside: ['catch'] },
  catch: core(false, ['held catch']),
  'held catch': core(true, ['far']),
};

describe('what may still come to a join', () => {
  let branches: Branches;
  let gatherings: Gatherings;
  let join: Gathering;

  beforeEach(() => {
    branches = new Branches();
    gatherings = new Gatherings();
    join = gatherings.at('J', 1);
  });

  const over = Promise.resolve();
  const begin = (node: string, ways = ['']) => branches.begin(node, `${node}:1`, ways, over);
  const done = (node: string, output: number | null = 0, ways = ['']) =>
    begin(node, ways).done(`${node}:1:0`, { leadsOn: () => true, output });
  const come = (gathering: Gathering, node: string, failures: string[] = []) =>
    gathering.come({
      name: node,
      msg: {},
      ways: [node === '' ? '' : `${node}:1:0`],
      place: node,
      visits: {},
      failures,
    });
  const coming = (begins: string[] = []) => stillToCome(join, { branches, gatherings, wires: id => drawn[id], begins });
  const facts = (begins?: string[]) => {
    const { isWorking, isHeld, failed, leftOut } = coming(begins);
    return { isWorking, isHeld, failed: failed.map(({ step: label }) => label), leftOut };
  };
  const nothing = { isWorking: false, isHeld: false, failed: [], leftOut: [] };

  it('is nothing when all have come, or are on another way', () => {
    done('left');
    come(join, 'left');
    begin('aside');
    begin('J'); // the join's own step
    assert.deepEqual(facts(), nothing);
  });

  it('comes from a step at work, by whatever way', () => {
    begin('right');
    assert.deepEqual(facts(), { ...nothing, isWorking: true });
  });

  it('may be held behind a step that is done, until the next one has begun', () => {
    done('right', 0);
    assert.deepEqual(facts(), { ...nothing, isHeld: true, leftOut: ['right:1:0'] });
    begin('far', ['right:1:0']);
    assert.deepEqual(facts(), { ...nothing, isWorking: true });
  });

  it('is left out where nothing holds it', () => {
    done('right', 1);
    assert.deepEqual(facts(), { ...nothing, leftOut: ['right:1:0'] });
  });

  it('is nothing of a step that sent nothing', () => {
    done('right', null);
    assert.deepEqual(facts(), nothing);
  });

  it('may be held right behind the start', () => {
    assert.equal(facts(['slow', 'quick']).isHeld, true);
    begin('far');
    assert.equal(facts(['slow', 'quick']).isHeld, true);
    done('far', null);
    assert.equal(facts(['slow', 'quick']).isHeld, false);
  });

  it('knows what failed, until a message tells of it, and what Catch may hold of it', () => {
    begin('fails').failed();
    assert.deepEqual(facts(), { ...nothing, isHeld: true, failed: ['fails'] });
    come(join, '', ['fails:1']);
    assert.deepEqual(facts(), nothing);
  });

  it('lets the join that began first go on, when each of two can come to the other', () => {
    const other = gatherings.at('K', 1);
    come(join, '');
    come(other, '');
    begin('K');
    assert.equal(facts().isWorking, false);
    join = other;
    begin('J');
    assert.equal(facts().isWorking, true);
  });
});
