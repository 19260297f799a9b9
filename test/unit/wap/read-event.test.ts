import assert from 'node:assert/strict';
import { readEvent } from '../../../lib/wap/client/read-event';
import { anEvent } from '../../builders';
import { fails } from '../state/scratch';

const read = (more: object) => readEvent({ ...anEvent(), ...more }, 'plans[0]');

describe('an event of WAP', () => {
  it('keeps what nobody knows, with its id as a number and its method as a text', () => {
    const { EventId, Method, more } = read({ EventId: '17', Method: 0, more: [1] });
    assert.deepEqual([EventId, Method, more], [17, '0', [1]]);
    assert.deepEqual([read({ Method: null }).Method, read({ EntityParentId: undefined }).EntityParentId], ['', null]);
  });

  for (const [more, message] of [
    [{ EventId: '1x' }, /plans\[0\]\.EventId should be a whole number from 0 on/],
    [{ EventId: 2 ** 60 }, /plans\[0\]\.EventId should be/],
    [{ State: 0.5 }, /plans\[0\]\.State should be a whole number/],
    [{ Method: {} }, /plans\[0\]\.Method should be a text/],
    [{ Entity: 'gold' }, /plans\[0\]\.Entity should be an object/],
    [{ EntityParentId: 7 }, /plans\[0\]\.EntityParentId should be a text or null/],
    [{ NotificationEventTimeCreated: 'soon' }, /plans\[0\]\.NotificationEventTimeCreated should be a time/],
  ] as const)
    it(`is refused: ${message.source}`, () => assert.throws(() => read(more), fails('WAP_BAD_RESPONSE', message)));
});
