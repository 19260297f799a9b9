import assert from 'node:assert/strict';
import { readOutcomes } from '../../../../lib/feeds/settle/read-outcome';
import { fails } from '../../state/scratch';

const defaults = { retrySeconds: 60, reason: 'no such offer' };

describe('outcomes of a delivery', () => {
  for (const [value, outcome] of [
    ['delivered', { result: 'delivered' }],
    ['duplicate', { result: 'duplicate' }],
    ['retry', { result: 'retry', afterMs: 60_000 }],
    ['deadLetter', { result: 'dead', reason: 'no such offer' }],
    ['waiting', { result: 'waiting', reason: 'no such offer' }],
    [[], []],
    [
      [
        { EventId: 6, outcome: 'waiting', reason: 'no mapping' },
        { EventId: 7, outcome: 'delivered' },
        { EventId: 8, feed: 'addons', outcome: 'retry', retrySeconds: 0.5 },
        { EventId: 9, outcome: 'deadLetter', reason: 'no tax code' },
      ],
      [
        { eventId: 6, result: 'waiting', reason: 'no mapping' },
        { eventId: 7, result: 'delivered' },
        { eventId: 8, feed: 'addons', result: 'retry', afterMs: 500 },
        { eventId: 9, result: 'dead', reason: 'no tax code' },
      ],
    ],
  ] as const)
    it(`reads ${JSON.stringify(value)}`, () => assert.deepEqual(readOutcomes(value, defaults), outcome));

  for (const [value, code, text] of [
    ['done', 'INPUT_INVALID', /^outcome: .*a text of 4 characters/],
    [undefined, 'INPUT_INVALID', /^outcome: .*nothing/],
    [[{ outcome: 'delivered' }], 'INPUT_INVALID', /^outcome\[0\]\.EventId/],
    [['delivered'], 'INPUT_INVALID', /^outcome\[0\]: /],
    [[{ EventId: 7, outcome: 'gone' }], 'INPUT_INVALID', /^outcome\[0\]\.outcome/],
    [[{ EventId: 7, outcome: 'delivered', feed: 'usage' }], 'INPUT_INVALID', /^outcome\[0\]\.feed/],
  ] as const)
    it(`refuses ${JSON.stringify(value)}`, () => assert.throws(() => readOutcomes(value, defaults), fails(code, text)));

  it('asks for the reason of a dead letter', () => {
    const without = { retrySeconds: 60, reason: undefined };
    assert.throws(() => readOutcomes('deadLetter', without), fails('INPUT_MISSING', /^reason:/));
  });

  it('does not insist on the reason of what waits', () => {
    const without = { retrySeconds: 60, reason: undefined };
    assert.deepEqual(readOutcomes('waiting', without), { result: 'waiting', reason: 'The flow said so.' });
  });
});
