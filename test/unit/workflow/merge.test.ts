import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Branch, inOrder, type MergeRule, merge } from '../../../lib/workflow/merge';
import { propertyDigests } from '../../../lib/workflow/property-digests';
import { holds } from '../../harness/property';

type Message = Record<string, unknown>;

const before: Message = {
  ...{ topic: 'Gold', payload: 0, keep: [1, 2] },
  wap: { kind: 'plan', plan: { Id: 'gold', State: 0 } },
};
const named = (messages: Record<string, Message>): Branch[] =>
  Object.entries(messages).map(([name, msg]) => ({ name, msg: { ...before, ...msg } }));
const merged = (messages: Record<string, Message>, rule: MergeRule = 'later', parted = before) =>
  merge(named(messages), rule, () => propertyDigests(parted));

describe('messages of branches, merged', () => {
  it('have what each branch set, whichever comes later', () => {
    const { set, differ } = merged({ a: { mapping: { id: 1 }, payload: 7 }, b: { billing: { offer: 'gold' } } });
    assert.deepEqual(set, { ...before, mapping: { id: 1 }, payload: 7, billing: { offer: 'gold' } });
    assert.deepEqual(differ, []);
  });

  it('have what each branch set inside a property', () => {
    const wap = { kind: 'plan', plan: { Id: 'gold', State: 1 } };
    const { set, differ } = merged({
      a: { wap },
      b: { wap: { ...(before.wap as Message), subscription: { SubscriptionID: 's' } } },
    });
    assert.deepEqual(set.wap, { ...wap, subscription: { SubscriptionID: 's' } });
    assert.deepEqual(differ, []);
  });

  it('lack what a branch took away', () => {
    const { set, differ } = merged({ a: { topic: undefined }, b: { payload: 1 } });
    assert.deepEqual(set, { payload: 1, keep: [1, 2], wap: before.wap });
    assert.deepEqual(differ, []);
  });

  it('have of values that differ the one whose name comes last, and name them', () => {
    const state = (State: number) => ({ wap: { kind: 'plan', plan: { Id: 'gold', State } } });
    const { set, differ } = merged({ a: { payload: 1, ...state(1) }, b: { payload: 2, ...state(2) }, c: {} });
    assert.deepEqual([set.payload, (set.wap as { plan: { State: number } }).plan.State], [2, 2]);
    assert.deepEqual(differ, ['payload', 'wap.plan']);
  });

  it('have values that differ only under the names, if that is the rule', () => {
    const { set, differ } = merged({ a: { payload: 1, made: true }, b: { payload: 2 } }, 'names');
    const { payload: _differs, ...others } = before;
    assert.deepEqual(set, { ...others, made: true });
    assert.deepEqual(differ, ['payload']);
  });

  it('have nothing of one message alone', () => {
    const own = { _msgid: 'x', req: {}, workflow: { id: 'r' }, call: () => 1 };
    const { set } = merged({
      a: { ...own, branch: 'a', parts: { index: 0 } },
      b: { branch: 'b', parts: { index: 1 } },
    });
    assert.deepEqual(set, before);
  });

  it('know a fork within a branch: what was set before it is not what its branches set', () => {
    const atFork = { ...before, payload: 5 };
    const branches = named({ a: { payload: 6 }, b: { payload: 5 }, c: {} });
    const { set, differ } = merge(branches, 'later', (a, b) => propertyDigests(a + b === 1 ? atFork : before));
    assert.deepEqual([set.payload, differ], [6, []]);
  });

  it('are the same in any order when no two branches set the same', () => {
    const value = fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer()), fc.dictionary(fc.string(), fc.integer()));
    const changes = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'topic', 'payload', 'wap'), value), {
      selector: ([name]) => name,
      maxLength: 7,
    });
    holds(
      'messages of branches, merged: are the same in any order when no two branches set the same',
      fc.property(changes, fc.array(fc.nat(2), { minLength: 7, maxLength: 7 }), (all, whose) => {
        const branches = [0, 1, 2].map(index => ({
          name: String(index),
          msg: { ...before, ...Object.fromEntries(all.filter((_one, at) => whose[at] === index)) },
        }));
        const parted = () => propertyDigests(before);
        const one = merge(branches, 'later', parted);
        assert.deepEqual(one, { set: { ...before, ...Object.fromEntries(all) }, differ: [] });
        assert.deepEqual(merge([...branches].reverse(), 'names', parted), one);
      }),
    );
  });
});

describe('the order of branches', () => {
  it('is that of their names, numbers by their size; of one name twice each is told apart', () => {
    const branches = ['10', 'map', '9', 'map', 'map 2', 'Map'].map((name, index) => ({ name, place: `n:${index}:0` }));
    for (const given of [branches, [...branches].reverse()]) {
      const sorted = inOrder(given);
      assert.deepEqual(
        sorted.map(({ name, place }) => `${name} @ ${place}`),
        ['9 @ n:2:0', '10 @ n:0:0', 'map @ n:1:0', 'map 3 @ n:3:0', 'Map @ n:5:0', 'map 2 @ n:4:0'],
      );
    }
  });
});
