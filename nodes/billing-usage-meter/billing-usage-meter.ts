import { systemClock } from '../../lib/async/clock';
import { MeterDesk } from '../../lib/usage/meter/desk';
import { readRules } from '../../lib/usage/meter/read-rules';
import { readyRules } from '../../lib/usage/meter/ready-rules';
import { RuleBook } from '../../lib/usage/meter/rule';
import { readRecords } from '../../lib/usage/send/read-quantities';
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
    const desk = new MeterDesk({
      ...settings,
      ...state,
      installation: connection.installation,
      book: new RuleBook(readRules(settings.rules.length > 0 ? settings.rules : readyRules)),
      apart: (settings.apart ?? '').split(',').map(name => name.trim()),
      latenessMs: settings.closing === 'time' ? Math.round(settings.latenessMinutes * 60_000) : null,
      maxOpenBatches: settings.maxOpen,
      redeliveryMs: Math.round(settings.redeliverMinutes * 60_000),
      clock: systemClock,
      signal,
      owner,
      party: { by: nodeId, copies: settings.copies },
      out: {
        quantities: (payload, delivery) => send('quantities', { topic: 'usage', payload, delivery }),
        failed: error => fail(error),
        closed: count => status('done', { text: say('status.closed', { count }) }),
      },
    });
    let started = false;
    flowsStarted(() => {
      if (!started) track(desk.run());
      started = true;
    });
    const { series, window } = settings;
    const { installation } = connection;
    // Without windows nothing is kept here: what becomes of it is seen where it was read.
    const of =
      window === 'none'
        ? { installation, source: 'billing' as const }
        : { installation, source: 'meter' as const, series };
    const needs = new NeedsWatch({ ...state, signal, status, of });
    track(needs.run());
    return { desk, send, needs };
  },
  run: async ({ records, control }, { live: { desk, send, needs }, msg, isFed, say }) => {
    if (control === 'status') return to('quantities', { topic: 'status', payload: await desk.status() });
    if (control === 'close' || msg.topic === 'caughtUp') {
      desk.close();
      return null;
    }
    const { delivery, ...rest } = msg;
    if (!delivery && isFed) throw lostDelivery();
    const list = readRecords(given(records, 'records', 'to meter them'));
    const origin = { feed: delivery?.feed ?? 'usage', token: delivery?.token ?? null };
    const { quantities } = await desk.take(list, origin, ({ unknown, odd }) => {
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
