import { systemClock } from '../../lib/async/clock';
import { acknowledge, readAcknowledgement } from '../../lib/feeds/settle/acknowledge';
import { tellSettled } from '../../lib/feeds/settled';
import type { Tx } from '../../lib/state/port';
import { defineNode, to } from '../../runtime/define-node';
import { anything, number, text } from '../../runtime/inputs';
import { Within } from '../../runtime/run/durable';

export = defineNode({
  type: 'wap-ack',
  uses: { state: 'billing-state' },
  inputs: {
    outcome: anything().preset('delivered', 'str'),
    items: anything().from('msg.payload').optional().aside(),
    retrySeconds: number({ whole: false }).preset(60, 'num'),
    reason: text().from('msg.error.message').optional(),
    token: text().from('msg.delivery.token'),
    copies: number({ min: 1, max: 100 }).preset(1).aside(),
  },
  outputs: ['done'],
  run: async ({ copies, ...said }, { state, msg, nodeId, say }) => {
    const acknowledgement = readAcknowledgement(said, msg, { by: nodeId, copies });
    const work = async (tx: Tx) => {
      await acknowledge(tx, { store: state.store, clock: systemClock }, acknowledgement);
      return to('done', {}, say('output.done'));
    };
    return new Within(state.store, work, {}, () => tellSettled(state.settled));
  },
});
