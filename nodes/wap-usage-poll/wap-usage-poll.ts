import { readCommand } from '../../lib/feeds/loop/commands';
import { openRecordPoller } from '../../lib/feeds/records/poller';
import { defineNode } from '../../runtime/define-node';
import { anything, choice, number, text } from '../../runtime/inputs';
import { answered, beFeed, loopOf, startOf } from '../../runtime/poll-node';

export = defineNode({
  type: 'wap-usage-poll',
  uses: { connection: 'wap-connection', state: 'billing-state' },
  durable: false,
  showsItself: true,
  settings: {
    schedule: choice('every', 'daily', 'input').preset('every'),
    everySeconds: number({ min: 1, max: 86_400 }).preset('${WAP_POLL_SECONDS:-60}'),
    dailyAt: text().preset('02:30'),
    timeZone: text().preset('UTC'),
    emit: choice('batch', 'record').preset('batch'),
    batchSize: number({ min: 1, max: 10_000 }).preset(1000),
    maxOpen: number({ min: 1, max: 1000 }).preset(2),
    redeliverMinutes: number({ min: 0.1, max: 10_080, whole: false }).preset(10),
    startAt: choice('beginning', 'now', 'id', 'time').preset('beginning'),
    startId: number().preset(0),
    startTime: text().optional(),
    pageSize: number({ min: 1, max: 10_000 }).preset(2000),
    consumer: text().preset('billing'),
    silenceHours: number({ max: 960, whole: false }).preset(24),
    lagHours: number({ max: 960, whole: false }).preset(24),
    retentionDays: number({ max: 3650 }).preset(40),
    againMinutes: number({ min: 3, max: 1440 }).preset(15),
    missingHours: number({ max: 960 }).preset(24),
    holeIds: number().preset(1000),
  },
  inputs: { control: anything().from('msg.control').optional() },
  outputs: ['records', 'caughtUp', 'alarms'],
  start: async context => {
    const { connection, state, settings, send } = context;
    const poller = openRecordPoller({
      ...loopOf(settings, context),
      wap: connection,
      ...state,
      owner: context.owner,
      start: startOf(settings),
      batchSize: settings.batchSize,
      isSingle: settings.emit === 'record',
      holeIds: settings.holeIds,
      send: message => send('records', { ...message }),
      replayed: replay => send('caughtUp', { topic: 'replayed', payload: replay }),
    });
    return beFeed('usage', poller, settings, context);
  },
  run: async ({ control }, { live }) => answered(await live.obey(readCommand(control))),
});
