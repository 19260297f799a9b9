import { systemClock } from '../../lib/async/clock';
import { openMeter } from '../../lib/usage/meter/open-meter';
import { readyRules } from '../../lib/usage/meter/ready-rules';
import { readRecords } from '../../lib/usage/meter/unmetered';
import { defineNode, to } from '../../runtime/define-node';
import { anything, asObject, choice, given, list, number, text } from '../../runtime/inputs';
import { NeedsWatch } from '../../runtime/node/needs-watch';
import { lostDelivery } from '../../runtime/run/lost-messages';

export = defineNode({
  type: 'billing-usage-meter',
  uses: { connection: 'wap-connection', state: 'billing-state' },
  durable: false,
  facts: { billingUsageMeterReadyRules: readyRules },
  settings: {
    rules: list(asObject).preset('[]'),
    window: choice('none', 'hour', 'day', 'month').preset('none'),
    timeZone: text().preset('UTC'),
    placement: choice('end', 'start', 'split').preset('end'),
    apart: text().preset('resource, VMName, VNIC').optional(),
    closing: choice('time', 'caughtUp').preset('time'),
    latenessMinutes: number({ max: 57_600, whole: false }).preset(240),
    series: text().preset('usage'),
    batchSize: number({ min: 1, max: 10_000 }).preset(500),
    maxOpen: number({ min: 1, max: 1000 }).preset(1),
    redeliverMinutes: number({ min: 0.1, max: 10_080, whole: false }).preset(10),
    copies: number({ min: 1, max: 100 }).preset(1),
  },
  inputs: {
    records: anything().from('msg.payload').optional(),
    control: choice('close', 'status').from('msg.control').optional(),
  },
  outputs: ['quantities', 'unknown', 'odd'],
  start: async ({
    connection,
    state,
    settings,
    signal,
    send,
    fail,
    status,
    flowsStarted,
    track,
    owner,
    nodeId,
    say,
  }) => {
    const { installation } = connection;
    const meter = openMeter(settings, {
      ...{ ...state, installation, clock: systemClock, signal, owner },
      party: { by: nodeId, copies: settings.copies },
      messages: {
        quantities: (payload, delivery) => send('quantities', { topic: 'usage', payload, delivery }),
        failed: error => fail(error),
        closed: count => status('done', { text: say('status.closed', { count }) }),
      },
    });
    flowsStarted(() => track(meter.run()));
    const { series, window } = settings;
    // Without windows nothing is kept here: what needs somebody is shown where the records were read.
    const of =
      window === 'none'
        ? { installation, source: 'billing' as const }
        : { installation, source: 'meter' as const, series };
    const needs = new NeedsWatch({ ...state, signal, status, of });
    track(needs.run());
    return { meter, send, needs };
  },
  run: async ({ records, control }, { live: { meter, send, needs }, msg, isFed, say }) => {
    if (control === 'status') return to('quantities', { topic: 'status', payload: await meter.status() });
    if (control === 'close' || msg.topic === 'caughtUp') {
      meter.close();
      return null;
    }
    const { delivery, ...rest } = msg;
    if (!delivery && isFed) throw lostDelivery();
    const list = readRecords(given(records, 'records', 'to meter them'));
    const origin = { feed: delivery?.feed ?? 'usage', token: delivery?.token ?? null };
    const { quantities } = await meter.take(list, origin, ({ unknown, odd }) => {
      if (unknown.length > 0) send('unknown', { ...rest, payload: unknown });
      if (odd.length > 0) send('odd', { ...rest, payload: odd });
    });
    await needs.look();
    if (!quantities) return null;
    const { length: count } = quantities;
    const by = delivery ? { delivery: { ...delivery, quantities: count } } : {};
    return to('quantities', { payload: quantities, ...by }, say('status.metered', { count }));
  },
});
