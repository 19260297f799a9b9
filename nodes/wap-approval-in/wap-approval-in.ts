import { atMostEvery } from '../../lib/async/at-most-every';
import { systemClock } from '../../lib/async/clock';
import { openApprovals } from '../../lib/calls/approvals';
import { approvalMessage } from '../../lib/calls/asked-message';
import { readPrefix } from '../../lib/calls/prefix';
import { defineNode } from '../../runtime/define-node';
import { choice, given, number, text } from '../../runtime/inputs';

export = defineNode({
  type: 'wap-approval-in',
  uses: { state: 'billing-state' },
  durable: false,
  secrets: ['password'],
  settings: {
    prefix: text().preset('${WAP_APPROVAL_PREFIX:-/wap}'),
    user: text().preset('${WAP_APPROVAL_USER:-wap}'),
    decisionSeconds: number({ min: 0.1, max: 110, whole: false }).preset(20),
    late: choice('deny', 'approve').preset('deny'),
    maxKilobytes: number({ min: 1, max: 10_240 }).preset(256),
    bodySeconds: number({ min: 0.1, max: 60, whole: false }).preset(10),
    retentionDays: number({ min: 1, max: 3650 }).preset(40),
  },
  inputs: {},
  outputs: ['create', 'delete', 'update'],
  start: async ({ state, settings, secret, serve, signal, send, fail, warn, log, status, say, owner }) => {
    const endpoint = readPrefix(settings.prefix);
    /** Of the requests that wait, by event. */
    const names = new Map<number, string>();
    const handlers = await openApprovals({
      store: state.store,
      clock: systemClock,
      endpoint,
      owner,
      credentials: { user: settings.user, password: given(secret('password'), 'password', 'to know WAP') },
      maxBytes: settings.maxKilobytes * 1024,
      bodyMs: settings.bodySeconds * 1000,
      deadlineMs: settings.decisionSeconds * 1000,
      late: settings.late,
      retentionMs: settings.retentionDays * 86_400_000,
      signal,
      ask: asked => {
        const { action, eventId, subscription } = asked.request;
        if (subscription.SubscriptionName) names.set(eventId, subscription.SubscriptionName);
        send(action, { ...approvalMessage(asked) });
      },
      told: ({ eventId, decision, decidedBy, reason }) => {
        const name = names.get(eventId) ?? String(eventId);
        names.delete(eventId);
        if (decidedBy === 'deadline') {
          warn(say('warning.late', { eventId, decision }));
          status('alarm', { text: say(`status.late.${decision}`, { name }) });
        } else if (decision === 'deny') log(say('log.denied', { eventId, reason: reason ?? '–' }));
      },
      refused: atMostEvery(systemClock, 60_000, times => {
        warn(say('warning.refused', { times }));
        status('alarm', { text: say('status.refused') });
      }),
      fail,
    });
    serve(endpoint, handlers);
    status('ready');
  },
  run: async () => null,
});
