/** Messages that lost on their way what makes them durable: a node before sent a new one instead. */
import { AdapterError } from '../../lib/errors';

/** Only a run leads to the node, and the message is in none. */
export function lostRun(): AdapterError {
  return AdapterError.advising(
    'INPUT_MISSING',
    'workflow: a node before this one sent a new message instead of the one that it got, so the run lost its way and nothing was done ' +
      'here. Let it change the message and pass that on (in a function: "return msg"), and deploy: the run goes on.',
    { subject: 'workflow' },
  );
}

/** Only a poll node leads to the node, and the message is of no delivery. */
export function lostDelivery(): AdapterError {
  return AdapterError.advising(
    'INPUT_MISSING',
    'delivery: a node before this one sent a new message instead of the one that it got, so the feed would wait for ever to hear that ' +
      'this was done. Nothing was sent. Let it change the message and pass that on (in a function: "return msg"), and deploy: the ' +
      'records come again.',
    { subject: 'delivery' },
  );
}
