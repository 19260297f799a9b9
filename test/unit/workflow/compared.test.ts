import assert from 'node:assert/strict';
import { changedInputs, digestsOf } from '../../../lib/workflow/digest';
import { comparedOf, flag, text } from '../../../runtime/inputs';

const inputs = {
  planId: text().from('msg.wap.plan.Id'),
  replace: flag().preset(false).addedLater(),
  answer: text().optional().aside(),
  deadline: text().preset('30').nowAside(),
};
const changes = (before: Record<string, unknown>, now: Record<string, unknown>) =>
  changedInputs(digestsOf(before), digestsOf(comparedOf(inputs, now)));

describe('what a step is known by', () => {
  it('is the same for a step that a version without a field recorded, while the field has its preset', () =>
    assert.deepEqual(changes({ planId: 'p' }, { planId: 'p', replace: false, answer: 'x' }), []));

  it('is the same whatever a version recorded of a field that is no longer compared', () => {
    const now = { planId: 'p', replace: false, deadline: '5' };
    for (const before of [{ planId: 'p', deadline: '30' }, { planId: 'p' }]) assert.deepEqual(changes(before, now), []);
    assert.deepEqual(changes({ planId: 'q', deadline: '30' }, now), ['planId']);
    const recorded = digestsOf(comparedOf(inputs, now));
    assert.deepEqual(changedInputs(recorded, digestsOf(comparedOf(inputs, { ...now, deadline: '60' }))), []);
  });

  it('is another one when the new field says something else', () =>
    assert.deepEqual(changes({ planId: 'p' }, { planId: 'p', replace: true, answer: 'x' }), ['replace']));

  it('is without what is aside', () =>
    assert.deepEqual(Object.keys(comparedOf(inputs, { planId: 'p', replace: true, answer: 'x' })), [
      'planId',
      'replace',
    ]));
});
