import { systemClock } from '../../lib/async/clock';
import { Mapping } from '../../lib/mapping/mapping';
import { bootstrap } from '../../lib/reconcile/bootstrap';
import { reconcile } from '../../lib/reconcile/reconcile';
import { defineNode, to } from '../../runtime/define-node';
import { choice, flag, number } from '../../runtime/inputs';

export = defineNode({
  type: 'billing-reconcile',
  uses: { connection: 'wap-connection', billing: 'billing-connection', state: 'billing-state' },
  durable: false,
  inputs: {
    mode: choice('report', 'bootstrap').preset('report'),
    graceMinutes: number({ max: 100_000, whole: false }).preset('${RECONCILE_GRACE_MINUTES:-60}'),
    goneLimit: number({ max: 100, whole: false }).preset('${RECONCILE_GONE_LIMIT:-10}').aside(),
    limit: number({ max: 100_000 }).preset(1000),
    rule: choice('key', 'name').preset('key'),
    dryRun: flag().preset(true),
  },
  outputs: ['report', 'difference'],
  run: async ({ mode, graceMinutes, goneLimit, limit, rule, dryRun }, context) => {
    const { connection: wap, billing, state, signal, actor, status, say, emit } = context;
    const scope = { installation: wap.installation, target: billing.target };
    const mapping = new Mapping(state.store, systemClock, scope);
    const progress = (count: number) => status('waiting', { text: say('status.read', { count }) });
    const reader = { wap, billing, mapping, signal, progress };
    if (mode === 'bootstrap') {
      const payload = await bootstrap({ ...reader, rule, dryRun, by: actor });
      const count = Object.values(payload.mapped).reduce((sum, each) => sum + each, 0);
      const set = { topic: 'bootstrap', payload };
      return to('report', set, say(dryRun ? 'status.wouldMap' : 'status.mapped', { count }));
    }
    const payload = await reconcile({
      ...reader,
      now: systemClock.now(),
      graceMs: graceMinutes * 60_000,
      goneLimit,
      limit,
      // A message of its own: no step of a workflow, and nothing of another subscription on it.
      difference: one =>
        emit('difference', { ...{ topic: one.remedy, payload: one }, wap: undefined, workflow: undefined }),
    });
    const { total } = payload.differences;
    if (payload.stopped) {
      const shown = say('status.stopped', { count: payload.stopped.gone });
      return to('report', { topic: 'report', payload }, shown, 'alarm');
    }
    const shown = say('status.differences', { count: total });
    return to('report', { topic: 'report', payload }, shown, total === 0 ? 'done' : 'alarm');
  },
});
