import assert from 'node:assert/strict';
import { reasonGroupOf } from '../../../lib/state/tables/reason-group';

describe('what reasons have in common', () => {
  for (const [reason, about, group] of [
    ['The meter is not known.', null, 'The meter is not known.'],
    ['sub 8F14e45f-ceea-467f-a8d1-5b2ad38c1d2e is closed', null, 'sub … is closed'],
    ['The subscription s9 is not mapped.', 's9', 'The subscription … is not mapped.'],
    ['status s9x of S9', 's9', 'status s9x of S9'],
    ['It ended 2026-01-31T00:00:00.000Z, too old.', null, 'It ended …, too old.'],
    ['Account 4711000 has 3 errors (422).', null, 'Account … has 3 errors (422).'],
    ['no plan "Gold"', 'Gold', 'no plan "…"'],
    ['x'.repeat(300), null, 'x'.repeat(200)],
  ] as const)
    it(`is of "${reason.slice(0, 40)}": ${group.slice(0, 40)}`, () =>
      assert.equal(reasonGroupOf(reason, about), group));
});
