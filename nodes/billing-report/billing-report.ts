import { systemClock } from '../../lib/async/clock';
import { reports } from '../../lib/report/ask';
import { periodOf, periodWords, unbounded } from '../../lib/report/period';
import { fileOf, formats, writeReport } from '../../lib/report/write';
import { runStates } from '../../lib/state/tables/workflow';
import { defineNode, to } from '../../runtime/define-node';
import { glanceAt } from '../../runtime/desk/glance';
import { liveOn } from '../../runtime/desk/live';
import { anything, choice, flag, number, text } from '../../runtime/inputs';

export = defineNode({
  type: 'billing-report',
  uses: { connection: 'wap-connection', billing: 'billing-connection', state: 'billing-state' },
  inputs: {
    report: choice('overview', 'usage', 'deadLetters', 'runs', 'unmapped').preset('overview'),
    period: choice(...periodWords).preset('thisMonth'),
    from: anything().preset('', 'str').optional(),
    until: anything().preset('', 'str').optional(),
    by: choice('day', 'month', 'all').preset('day'),
    tenant: text().preset('', 'str').optional(),
    eachTenant: flag().preset(false),
    meter: text().preset('', 'str').optional(),
    reason: text().preset('', 'str').optional(),
    runState: choice('any', 'notEnded', ...runStates).preset('any'),
    searchText: text().preset('', 'str').optional(),
    format: choice(...formats).preset('objects'),
    limit: number({ min: 1, max: 100_000 }).preset(1000),
  },
  outputs: ['report'],
  reconcile: 'no effect',
  run: async ({ report: name, format, ...asked }, { connection: wap, billing, state, signal, say }) => {
    const { store, days } = state;
    const now = systemClock.now();
    const isDated = name === 'usage' || name === 'deadLetters';
    const period = isDated ? periodOf(asked.period, asked, days.at(now)) : unbounded;
    const scope = { installation: wap.installation, target: billing.target };
    const glance = (since: number) => glanceAt({ store, live: liveOn(store) }, since);
    const sources = { store, clock: systemClock, wap, scope, days, glance, signal };
    const { report, metrics } = await reports[name](sources, { ...asked, period });
    const { payload, contentType } = writeReport(name, report, metrics, format);
    const { rows, isWhole } = report;
    const told = {
      ...{ name, rows: rows.length, isWhole, at: new Date(now).toISOString() },
      ...(isDated ? { ...period, timeZone: days.zone } : {}),
    };
    const shown = say(isWhole ? 'status.rows' : 'status.cut', { count: rows.length });
    const filename = fileOf(state.folder, name, period, format);
    const set = {
      ...{ payload, report: told },
      ...(contentType ? { headers: { 'content-type': contentType } } : {}),
      ...(filename ? { filename } : {}),
    };
    return to('report', set, shown, isWhole ? 'done' : 'alarm');
  },
});
