import { systemClock } from '../../lib/async/clock';
import { acknowledge } from '../../lib/feeds/acknowledge';
import { carriedBy } from '../../lib/feeds/carried';
import { readOutcomes } from '../../lib/feeds/outcomes';
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
  run: async ({ outcome: given, items, retrySeconds, reason, token, copies }, { state, msg, nodeId, say }) => {
    const outcome = readOutcomes(given, { retrySeconds, reason });
    const carried = Array.isArray(outcome) ? { what: 'all' as const } : carriedBy(items, msg, token);
    const work = async (tx: Tx) => {
      const party = { by: nodeId, copies };
      await acknowledge(tx, { store: state.store, clock: systemClock }, { token, outcome, carried, party });
      return to('done', {}, say('output.done'));
    };
    return new Within(state.store, work, {}, () => tellSettled(state.settled));
  },
});
