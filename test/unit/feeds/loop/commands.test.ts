import assert from 'node:assert/strict';
import { readCommand } from '../../../../lib/feeds/loop/commands';
import { fails } from '../../state/scratch';

describe('a command for a poll node', () => {
  for (const [given, command] of [
    [undefined, { command: 'poll' }],
    ['', { command: 'poll' }],
    ['Pause', { command: 'pause' }],
    [{ command: 'status' }, { command: 'status' }],
    ['deadLetters', { command: 'deadLetters' }],
    [
      { command: 'sendAgain', ids: 7 },
      { command: 'sendAgain', ids: [7], feed: undefined },
    ],
    [
      { command: 'sendAgain', ids: 'All', feed: 'plans' },
      { command: 'sendAgain', ids: 'all', feed: 'plans' },
    ],
    [
      { command: 'discard', ids: [1, 2], reason: 'paid by hand' },
      { command: 'discard', ids: [1, 2], feed: undefined, reason: 'paid by hand' },
    ],
    [
      { command: 'replay', from: 0 },
      { command: 'replay', from: { id: 0 }, to: null },
    ],
    [
      { command: 'replay', from: '2026-01-31', to: '2026-02-01T10:00:00Z', totals: 'rebuild' },
      { command: 'replay', from: { time: 1769817600000 }, to: { time: 1769940000000 }, rebuilds: true },
    ],
    [
      { command: 'replay', from: '17', to: new Date(5), totals: '' },
      { command: 'replay', from: { id: 17 }, to: { time: 5 } },
    ],
    [
      { command: 'beginAnew', from: 1, sure: true },
      { command: 'beginAnew', from: { id: 1 }, isSure: true },
    ],
    [
      { command: 'beginAnew', from: 1, sure: 'yes' },
      { command: 'beginAnew', from: { id: 1 }, isSure: false },
    ],
  ] as const)
    it(`is read from ${JSON.stringify(given)}`, () => assert.deepEqual(readCommand(given), command));

  for (const [given, code, message] of [
    ['stop', 'INPUT_INVALID', /^control: expected one of poll, pause/],
    [{ ids: 1 }, 'INPUT_INVALID', /^control: /],
    [{ command: 'discard', ids: 1 }, 'INPUT_MISSING', /^reason: /],
    [{ command: 'discard', ids: 1, reason: '' }, 'INPUT_MISSING', /^reason: /],
    [{ command: 'sendAgain' }, 'INPUT_INVALID', /^ids: /],
    [{ command: 'sendAgain', ids: [1, -1] }, 'INPUT_INVALID', /^ids\[1\]: /],
    [{ command: 'sendAgain', ids: 1, feed: 'users' }, 'INPUT_INVALID', /^feed: /],
    [{ command: 'replay' }, 'INPUT_INVALID', /^from: expected an EventId, or a time/],
    [{ command: 'replay', from: 1, to: 'soon' }, 'INPUT_INVALID', /^to: /],
    [{ command: 'replay', from: 1.5 }, 'INPUT_INVALID', /^from: /],
    [{ command: 'replay', from: '2026-02-30' }, 'INPUT_INVALID', /^from: /],
    [{ command: 'replay', from: new Date(Number.NaN) }, 'INPUT_INVALID', /^from: /],
    [{ command: 'replay', from: 1, totals: 'yes' }, 'INPUT_INVALID', /^totals: /],
  ] as const)
    it(`is not ${JSON.stringify(given)}`, () => assert.throws(() => readCommand(given), fails(code, message)));
});
