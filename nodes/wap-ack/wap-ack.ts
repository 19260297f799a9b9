import { systemClock } from '../../lib/clock';
import { settle } from '../../lib/usage/delivery';
import { readOutcomes } from '../../lib/usage/outcomes';
import { tellSettled } from '../../lib/usage/settled';
import { defineNode, to } from '../../runtime/define-node';
import { Within } from '../../runtime/durable';
import { anything, number, text } from '../../runtime/inputs';

export = defineNode({
  type: 'wap-ack',
  uses: { state: 'billing-state' },
  inputs: {
    outcome: anything().preset('delivered', 'str'),
    retrySeconds: number({ whole: false }).preset(60, 'num'),
    reason: text().from('msg.error.message').optional(),
    token: text().from('msg.delivery.token'),
  },
  outputs: ['done'],
  run: async ({ outcome, retrySeconds, reason, token }, { state, say }) => {
    const outcomes = readOutcomes(outcome, { retrySeconds, reason });
    return new Within(state.store, async tx => {
      await settle(state.store, systemClock, token, outcomes, tx);
      tellSettled(state.settled);
      return to('done', {}, say('output.done'));
    });
  },
});
