import assert from 'node:assert/strict';
import { readWords } from '../../lib/billing/rest/fields';
import { readCommand } from '../../lib/feeds/loop/commands';
import { readOutcomes } from '../../lib/feeds/settle/read-outcome';
import { readRules } from '../../lib/usage/meter/read-rules';
import { choice, flag, text } from '../../runtime/inputs';
import { fails } from './state/scratch';

describe('words of closed lists are taken in any case', () => {
  for (const typed of ['addon', 'ADDON', ' AddOn '])
    it(`by a field of a node: ${JSON.stringify(typed)}`, () =>
      assert.equal(choice('plan', 'addon').parse(typed, 'kind'), 'addon'));

  it('by a field of a node, which refuses a word that is not listed', () =>
    assert.throws(
      () => choice('plan', 'addon').parse('plans', 'kind'),
      fails('INPUT_INVALID', /^kind: .*plan, addon/),
    ));

  it('by a field for yes and no', () =>
    assert.deepEqual(
      ['True', 'FALSE', true].map(value => flag().parse(value, 'replace')),
      [true, false, true],
    ));

  it('by the commands of a poll node', () => {
    const again = readCommand({ command: 'SENDAGAIN', ids: 'All', feed: 'PlanAddons' });
    assert.deepEqual(again, { command: 'sendAgain', ids: 'all', feed: 'planAddons' });
    assert.deepEqual(readCommand('Poll'), { command: 'poll' });
    assert.deepEqual(readCommand({ command: 'sendagain', ids: 7, feed: 'Usage' }), {
      ...{ command: 'sendAgain', ids: [7], feed: undefined },
    });
  });

  it('by the outcomes of a delivery', () => {
    const defaults = { retrySeconds: 1, reason: 'gone' };
    assert.deepEqual(readOutcomes('DeadLetter', defaults), { result: 'dead', reason: 'gone' });
    assert.deepEqual(readOutcomes([{ EventId: 7, feed: 'AddOns', outcome: 'Delivered' }], defaults), [
      { eventId: 7, feed: 'addons', result: 'delivered' },
    ]);
  });

  it('by rules of metering', () => {
    const [rule] = readRules([{ metric: 'a', meter: 'm', aggregate: 'Max', window: 'DAY' }]);
    assert.deepEqual([rule?.aggregate, rule?.window], ['max', 'day']);
  });

  it('by templates, and from the answers of billing, where a word that is listed exactly goes first', () => {
    const words = readWords({ Live: 'Active', LIVE: 'suspended' }, 'states', ['active', 'suspended']);
    assert.deepEqual(
      ['active', 'ACTIVE', 'Live', 'LIVE', 'live', 'gone'].map(word => words.get(word)),
      ['active', 'active', 'active', 'suspended', 'active', undefined],
    );
  });
});

describe('a field for a text', () => {
  it('takes a number as its text', () => assert.equal(text().parse(9007199254740991, 'planId'), '9007199254740991'));
  it('refuses a number whose last digits are lost', () =>
    assert.throws(() => text().parse(2 ** 53, 'planId'), fails('INPUT_INVALID', /^planId: .*as a text/)));
});
