import { defineNode, to } from '../../runtime/define-node';
import { choice, number } from '../../runtime/inputs';
import { joinBranches } from '../../runtime/run/join';

export = defineNode({
  type: 'wap-workflow-join',
  uses: {},
  inputs: {
    branches: number({ min: 1, max: 10_000 }).preset('', 'num').optional(),
    mergeRule: choice('later', 'names').preset('later'),
    missing: choice('goOn', 'wait').preset('goOn'),
    failed: choice('stop', 'along').preset('stop'),
    deadlineMinutes: number({ max: 525_600, whole: false }).preset('').optional(),
  },
  outputs: ['joined', 'late'],
  joins: true,
  reconcile: 'no effect',
  run: async ({ branches, mergeRule, missing, failed, deadlineMinutes }, context) => {
    const { join, signal, since, begun, status, say } = context;
    const deadlineAt = deadlineMinutes === undefined ? null : since + deadlineMinutes * 60_000;
    let shown = '';
    const shows = (come: number, of: number) => {
      const text = Number.isFinite(of) ? say('status.waits', { come, of }) : say('status.joined', { count: come });
      if (text === shown) return;
      shown = text;
      status('waiting', { text });
      void begun?.waits({ for: 'branches', subject: text, until: deadlineAt });
    };
    const { isLate, count, set, carries } = await joinBranches(join, {
      ...{ branches, rule: mergeRule, missing, failed, signal },
      deadlineAt: deadlineAt ?? Number.POSITIVE_INFINITY,
      shows,
    });
    return isLate
      ? { ...to('late', set, say('status.late', { count }), 'alarm'), carries }
      : { ...to('joined', set, say('status.joined', { count })), carries };
  },
});
