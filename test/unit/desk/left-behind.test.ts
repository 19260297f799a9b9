import assert from 'node:assert/strict';
import { leftBehind } from '../../../lib/desk/left-behind';

const step = (set: Record<string, unknown>, unset: string[] = [], state = 'done') => ({
  state,
  outcome: { to: null, set, unset },
});
const plan = (Id: string, DisplayName = Id) => ({ Id, DisplayName });
const named = (steps: ReturnType<typeof step>[]) =>
  leftBehind(steps).map(({ kind, id, name }) => `${kind} ${id} ${name}`);

describe('what a run leaves behind', () => {
  for (const [title, steps, left] of [
    ['nothing before its first step', [], []],
    ['a plan that was created', [step({ wap: { kind: 'plan', plan: plan('p1', 'Gold') } })], ['plan p1 Gold']],
    ['an add-on under its name', [step({ wap: { kind: 'addon', plan: plan('a1', 'More') } })], ['addon a1 More']],
    [
      'a clone and its original',
      [step({ wap: { plan: plan('p1') } }), step({ wap: { plan: plan('p2'), original: plan('p1') } })],
      ['plan p1 p1', 'plan p2 p2'],
    ],
    [
      'the clone alone once the original is deleted',
      [
        step({ wap: { plan: plan('p1') } }),
        step({ wap: { plan: plan('p2'), original: plan('p1') } }),
        step({ wap: { plan: plan('p2') } }),
      ],
      ['plan p2 p2'],
    ],
    ['nothing of a plan that was deleted', [step({ wap: { plan: plan('p1') } }), step({}, ['wap'])], []],
    [
      'an offer that is there, and none that is not',
      [
        step({ billing: { offer: { key: 'k1', remoteId: null, state: 'absent' } } }),
        step({ billing: { offer: { key: 'k2', remoteId: 'r2', state: 'active' } } }),
      ],
      ['offer r2 r2'],
    ],
    ['an entry of the mapping', [step({ mapping: { wapId: 'p1', billingId: 'b1' } })], ['mapping p1 p1 → b1']],
    ['nothing of a step that is not done', [step({ wap: { plan: plan('p1') } }, [], 'intended')], []],
  ] as const)
    it(`is ${title}`, () => assert.deepEqual(named([...steps]), left));
});
