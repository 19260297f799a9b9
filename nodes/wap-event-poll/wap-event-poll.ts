import { systemClock } from '../../lib/clock';
import { openEventPoller } from '../../lib/usage/event-poller';
import { defineNode, to } from '../../runtime/define-node';
import { choice, flag, number, text } from '../../runtime/inputs';

export = defineNode({
  type: 'wap-event-poll',
  uses: { connection: 'wap-connection', state: 'billing-state' },
  durable: false,
  settings: {
    feedPlans: flag().preset(true),
    feedAddons: flag().preset(true),
    feedPlanServices: flag().preset(false),
    feedPlanAddons: flag().preset(false),
    schedule: choice('every', 'input').preset('every'),
    everySeconds: number({ min: 1, max: 86_400 }).preset('${WAP_POLL_SECONDS:-60}'),
    emit: choice('event', 'batch').preset('event'),
    batchSize: number({ min: 1, max: 1000 }).preset(100),
    maxOpen: number({ min: 1, max: 1000 }).preset(1),
    redeliverMinutes: number({ min: 0.1, max: 10_080, whole: false }).preset(10),
    startAt: choice('beginning', 'now', 'id').preset('beginning'),
    startId: number().preset(0),
    pageSize: number({ min: 1, max: 10_000 }).preset(1000),
    consumer: text().preset('billing'),
  },
  inputs: { control: choice('poll', 'pause', 'resume', 'status').from('msg.control').optional() },
  outputs: ['events', 'caughtUp', 'alarms'],
  start: async ({ connection, state, settings, signal, send, fail, status, flowsStarted, track, owner }) => {
    const poller = openEventPoller({
      wap: connection,
      ...state,
      consumer: settings.consumer,
      owner,
      feeds: {
        plans: settings.feedPlans,
        addons: settings.feedAddons,
        planServices: settings.feedPlanServices,
        planAddons: settings.feedPlanAddons,
      },
      everyMs: settings.schedule === 'every' ? settings.everySeconds * 1000 : null,
      batchSize: settings.emit === 'batch' ? settings.batchSize : null,
      maxOpenBatches: settings.maxOpen,
      redeliveryMs: Math.round(settings.redeliverMinutes * 60_000),
      start: settings.startAt === 'id' ? settings.startId : settings.startAt,
      pageSize: settings.pageSize,
      clock: systemClock,
      signal,
      send: message => send('events', { ...message }),
      caughtUp: summary => send('caughtUp', { topic: 'caughtUp', payload: summary }),
      alarm: alarm => send('alarms', { topic: alarm.kind, payload: alarm }),
      failed: error => fail(error),
      show: ({ name, ...values }) => status(name, values),
    });
    let started = false;
    flowsStarted(() => {
      if (!started) track(poller.run());
      started = true;
    });
    return poller;
  },
  run: async ({ control }, { live }) => {
    const summary = await live.obey(control ?? 'poll');
    return summary && to('caughtUp', { topic: 'status', payload: summary });
  },
});
