import { systemClock } from '../../lib/async/clock';
import { tellSettled } from '../../lib/feeds/settled';
import { outcomesOf, summaryOf, waitingOf } from '../../lib/usage/send/report';
import { sendMessage } from '../../lib/usage/send/send-message';
import { UsageSender } from '../../lib/usage/send/sender';
import { SharedSteps } from '../../lib/usage/send/shared-steps';
import { defineNode, to } from '../../runtime/define-node';
import { anything, choice, flag, number } from '../../runtime/inputs';
import { NeedsWatch } from '../../runtime/node/needs-watch';
import { lostDelivery } from '../../runtime/run/lost-messages';

export = defineNode({
  type: 'billing-usage-send',
  uses: { connection: 'wap-connection', billing: 'billing-connection', state: 'billing-state' },
  durable: false,
  settings: {
    source: choice('quantities', 'records').preset('quantities'),
    acknowledge: flag().preset(true),
    copies: number({ min: 1, max: 100 }).preset(1),
    parallel: number({ min: 1, max: 50 }).preset(4),
    attempts: number({ min: 1, max: 20 }).preset(3),
  },
  inputs: { usage: anything().from('msg.payload') },
  outputs: ['done', 'rejected', 'waiting'],
  waits: true,
  start: async ({ connection, billing, state, settings, signal, send, status, track }) => {
    const { installation } = connection;
    const needs = new NeedsWatch({ ...state, signal, status, of: { installation, source: 'billing' } });
    track(needs.run());
    const scope = { installation, target: billing.target };
    const { store, days } = state;
    const { parallel, attempts } = settings;
    const tools = {
      ...{ store, days, scope, clock: systemClock, sink: billing.usage },
      shared: new SharedSteps(store, systemClock, scope, days),
      sender: new UsageSender({ sink: billing.usage, clock: systemClock, signal, parallel, attempts }),
    };
    return { tools, settings, send, needs };
  },
  run: async ({ usage }, { state, msg, isFed, live: { tools, settings, send, needs }, say }) => {
    const { delivery, ...rest } = msg;
    if (!delivery && isFed && settings.acknowledge) throw lostDelivery();
    const sent = await sendMessage(usage, msg, settings, tools);
    tellSettled(state.settled);
    await needs.look();
    const waiting = waitingOf(sent);
    if (sent.rejected.length > 0) send('rejected', { ...rest, payload: sent.rejected });
    if (waiting.length > 0) send('waiting', { ...rest, payload: waiting });
    if (sent.failure) throw sent.failure;
    const payload = summaryOf(sent);
    const set = { payload, ...(settings.acknowledge ? {} : { outcome: outcomesOf(sent, sent.attempt) }) };
    const { delivered, duplicate, retry } = payload;
    const shown = { count: delivered + duplicate, again: retry };
    return retry > 0
      ? to('done', set, say('status.again', shown), 'alarm')
      : to('done', set, say('status.sent', shown));
  },
});
