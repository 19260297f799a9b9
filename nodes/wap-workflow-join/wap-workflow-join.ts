import { defineNode, to } from '../../runtime/define-node';
import { choice, number } from '../../runtime/inputs';
import { joinBranches } from '../../runtime/join';

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
  run: async ({ branches, mergeRule, missing, failed, deadlineMinutes }, { join, signal, since, status, say }) => {
    const { isLate, count, set, carries } = await joinBranches(join, {
      ...{ branches, rule: mergeRule, missing, failed, signal },
      deadlineAt: deadlineMinutes === undefined ? Number.POSITIVE_INFINITY : since + deadlineMinutes * 60_000,
      shows: (come, of) =>
        status('waiting', {
          text: Number.isFinite(of) ? say('status.waits', { come, of }) : say('status.joined', { count: come }),
        }),
    });
    return isLate
      ? { ...to('late', set, say('status.late', { count }), 'alarm'), carries }
      : { ...to('joined', set, say('status.joined', { count })), carries };
  },
});
