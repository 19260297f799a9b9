import assert from 'node:assert/strict';
import { Branches } from '../../../lib/workflow/branches';

const yes = () => true;
const over = Promise.resolve();

describe('what an end leaves behind', () => {
  let branches: Branches;
  beforeEach(() => {
    branches = new Branches();
  });

  const done = (name: string, ways: string[], leadsOn = yes) => {
    branches.begin(name, `${name}:1`, ways, over).done(name, { leadsOn });
  };

  it('is nothing on one way, and nothing of branches that were joined, in one step or at the end', () => {
    for (const [name, ways] of [
      ['make', ['']],
      ['left', ['make']],
      ['right', ['make']],
      ['after', ['right', 'left']],
      ['third', ['make']],
    ] as const) {
      done(name, [...ways]);
    }
    branches.arrive(['third', 'after'], new Set());
    assert.deepEqual(branches.left(), []);
  });

  it('is a branch at work, one that failed untold and one that came nowhere, but not one that leads nowhere', () => {
    done('make', ['']);
    done('came nowhere', ['make']);
    done('aside', ['make'], () => false);
    branches.begin('failed', 'failed:1', ['make'], over).failed();
    branches.begin('slow', 'slow:1', ['make'], over);
    branches.begin('closed', 'closed:1', ['make'], over).givenUp();
    branches.arrive(['make'], new Set());
    assert.deepEqual(branches.left(), [
      { step: 'came nowhere', state: 'done' },
      { step: 'failed', state: 'failed' },
      { step: 'slow', state: 'at work' },
    ]);
    assert.equal(branches.atWork().length, 1);
  });

  for (const [title, told] of [
    ['that the message tells of', new Set(['failed:1'])],
    ['when the flow made the message anew', null],
  ] as const) {
    it(`is no failure ${title}`, () => {
      branches.begin('failed', 'failed:1', [''], over).failed();
      branches.arrive([''], told);
      assert.deepEqual(branches.left(), []);
    });
  }

  it('is no failure of a step that was done after all', () => {
    branches.begin('step', 'step:1', [''], over).failed();
    done('step', ['']);
    branches.arrive(['step'], new Set());
    assert.deepEqual(branches.left(), []);
  });
});
