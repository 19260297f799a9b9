import assert from 'node:assert/strict';
import { currentVersion, type Migration, migrations, type Settings, upToDate } from '../../lib/settings-version';

/** Of every migration: what was saved before, and what is read after. */
const pairs: Record<string, Array<[before: Settings, after: Settings]>> = {};

describe('settings of nodes', () => {
  for (const [type, steps] of Object.entries(migrations))
    it(`of ${type} have a pair of objects for each migration`, () => {
      const given = pairs[type] ?? [];
      assert.ok(given.length >= steps.length);
      for (const [before, after] of given) {
        const kept = structuredClone(before);
        assert.deepEqual(upToDate(type, before), { ...after, settingsVersion: currentVersion(type) });
        assert.deepEqual(before, kept, 'what was saved was changed');
      }
    });

  const renamed: Migration = ({ planId, ...rest }) => ({ ...rest, plan: planId });
  const doubled: Migration = ({ limit, ...rest }) => ({ ...rest, limit: Number(limit) * 2 });
  const known = { 'wap-x': [renamed, doubled] };

  it('that have no number are of the first version', () =>
    assert.deepEqual(upToDate('wap-x', { name: 'a', planId: 'p', limit: '4' }, known), {
      ...{ name: 'a', planId: 'p', plan: 'p', limit: 8, settingsVersion: 3 },
    }));

  it('go through the steps that they lack alone', () =>
    assert.equal(upToDate('wap-x', { plan: 'p', limit: '4', settingsVersion: '2' }, known).limit, 8));

  it('of this version stay the same object', () => {
    const saved = { limit: 1, settingsVersion: 3 };
    assert.equal(upToDate('wap-x', saved, known), saved);
    assert.equal(upToDate('wap-y', saved, { 'wap-y': [renamed, doubled] }), saved);
  });

  it('of a newer version are refused, and say what to do', () =>
    assert.throws(
      () => upToDate('wap-x', { settingsVersion: 4 }, known),
      /settings version 4; this one reads up to 3/,
    ));

  it('with a number that is none are refused', () =>
    assert.throws(() => upToDate('wap-x', { settingsVersion: 'new' }, known), { code: 'INPUT_CONFIG' }));
});
