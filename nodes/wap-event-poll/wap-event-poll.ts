import { openEventPoller } from '../../lib/feeds/events/poller';
import { readCommand } from '../../lib/feeds/loop/commands';
import { defineNode } from '../../runtime/define-node';
import { anything, choice, flag, number, text } from '../../runtime/inputs';
import { answered, beFeed, loopOf, startOf } from '../../runtime/poll-node';

export = defineNode({
  type: 'wap-event-poll',
  uses: { connection: 'wap-connection', state: 'billing-state' },
  durable: false,
  showsItself: true,
  settings: {
    feedPlans: flag().preset(true),
    feedAddons: flag().preset(true),
    feedPlanServices: flag().preset(false),
    feedPlanAddons: flag().preset(false),
    feedAddOnServices: flag().preset(false),
    feedSubscriptions: flag().preset(false),
    feedSubscriptionAddons: flag().preset(false),
    schedule: choice('every', 'daily', 'input').preset('every'),
    everySeconds: number({ min: 1, max: 86_400 }).preset('${WAP_POLL_SECONDS:-60}'),
    dailyAt: text().preset('02:30'),
    timeZone: text().preset('UTC'),
    emit: choice('event', 'batch').preset('event'),
    batchSize: number({ min: 1, max: 10_000 }).preset(100),
    maxOpen: number({ min: 1, max: 1000 }).preset(1),
    redeliverMinutes: number({ min: 0.1, max: 10_080, whole: false }).preset(10),
    startAt: choice('beginning', 'now', 'id', 'time').preset('beginning'),
    startId: number().preset(0),
    startTime: text().optional(),
    pageSize: number({ min: 1, max: 10_000 }).preset(1000),
    consumer: text().preset('billing'),
    silenceHours: number({ max: 960, whole: false }).preset(0),
    lagHours: number({ max: 960, whole: false }).preset(24),
    retentionDays: number({ max: 3650 }).preset(40),
    againMinutes: number({ min: 3, max: 1440 }).preset(15),
    missingHours: number({ max: 960 }).preset(24),
  },
  inputs: { control: anything().from('msg.control').optional() },
  outputs: ['events', 'caughtUp', 'alarms'],
  start: async context => {
    const { connection, state, settings, send } = context;
    const start = startOf(settings);
    const poller = openEventPoller({
      ...loopOf(settings, context),
      wap: connection,
      ...state,
      owner: context.owner,
      feeds: {
        plans: settings.feedPlans,
        addons: settings.feedAddons,
        planServices: settings.feedPlanServices,
        planAddons: settings.feedPlanAddons,
        addOnServices: settings.feedAddOnServices,
        subscriptions: settings.feedSubscriptions,
        subscriptionAddons: settings.feedSubscriptionAddons,
      },
      batchSize: settings.emit === 'batch' ? settings.batchSize : null,
      start: typeof start === 'object' && 'id' in start ? start.id : start,
      send: message => send('events', { ...message }),
      replayed: replay => send('caughtUp', { topic: 'replayed', payload: replay }),
    });
    return beFeed('events', poller, settings, context);
  },
  run: async ({ control }, { live }) => answered(await live.obey(readCommand(control))),
});
