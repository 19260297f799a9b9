import { systemClock } from '../../lib/async/clock';
import { tellSettled } from '../../lib/feeds/settled';
import { deliver } from '../../lib/usage/send/deliver';
import { isWhole, meteredBefore, readQuantities, readRecords, unmetered } from '../../lib/usage/send/read-quantities';
import { outcomesOf, rejectedOdd, rejectedOf, summaryOf, waitingOf } from '../../lib/usage/send/report';
import { UsageSender } from '../../lib/usage/send/sender';
import { SharedSteps } from '../../lib/usage/send/shared-steps';
import { rebuildOf } from '../../lib/usage/totals/rebuild';
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
    const needs = new NeedsWatch({
      ...state,
      signal,
      status,
      of: { installation: connection.installation, source: 'billing' },
    });
    track(needs.run());
    const { parallel, attempts } = settings;
    const scope = { installation: connection.installation, target: billing.target };
    return {
      scope,
      settings,
      send,
      needs,
      shared: new SharedSteps(state.store, systemClock, scope, state.days),
      sender: new UsageSender({ sink: billing.usage, clock: systemClock, signal, parallel, attempts }),
    };
  },
  run: async (
    { usage },
    { connection, billing, state, msg, isFed, live: { scope, settings, sender, shared, send, needs }, say },
  ) => {
    const { installation } = connection;
    const { delivery, ...rest } = msg;
    if (!delivery && isFed && settings.acknowledge) throw lostDelivery();
    const origin = { installation, feed: delivery?.feed ?? 'usage' };
    const metered =
      settings.source === 'records'
        ? await unmetered(readRecords(usage), origin)
        : meteredBefore(readQuantities(usage));
    const attempt = delivery?.attempt ?? 1;
    const delivered = await deliver(metered.quantities, {
      ...{ store: state.store, clock: systemClock, sink: billing.usage, sender, shared, scope, attempt },
      token: settings.acknowledge ? (delivery?.token ?? null) : null,
      carries: settings.source === 'quantities' && isWhole(msg, metered.quantities) ? 'batch' : 'own',
      without: metered.without,
      copies: settings.copies,
      days: state.days,
      rebuild: delivery ? rebuildOf(delivery) : null,
    });
    tellSettled(state.settled);
    await needs.look();
    const rejected = [...rejectedOdd(metered.odd, origin), ...rejectedOf(delivered)];
    const waiting = waitingOf(delivered);
    if (rejected.length > 0) send('rejected', { ...rest, payload: rejected });
    if (waiting.length > 0) send('waiting', { ...rest, payload: waiting });
    if (delivered.failure) throw delivered.failure;
    const payload = summaryOf(delivered);
    const outcome = settings.acknowledge ? {} : { outcome: outcomesOf(delivered, attempt) };
    const { delivered: fresh, duplicate, retry } = payload;
    const shown = { count: fresh + duplicate, again: retry };
    return retry > 0
      ? to('done', { payload, ...outcome }, say('status.again', shown), 'alarm')
      : to('done', { payload, ...outcome }, say('status.sent', shown));
  },
});
