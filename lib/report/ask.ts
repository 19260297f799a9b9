import type { Clock } from '../async/clock';
import { unmappedOf } from '../desk/mapping-unmapped';
import type { OverviewAnswer } from '../desk/overview';
import type { UsageStep } from '../desk/usage';
import type { MappingScope } from '../mapping/mapping';
import type { Store } from '../state/port';
import type { RunState } from '../state/tables/workflow';
import { type Days, dayAfter } from '../usage/totals/days';
import type { WapConnection } from '../wap/connection';
import { lettersMetrics, lettersReport } from './letters';
import { overviewMetrics, overviewReport } from './overview';
import type { Period } from './period';
import type { Metric } from './prometheus';
import type { Report } from './report';
import { runsMetrics, runsReport } from './runs';
import { unmappedMetrics, unmappedReport } from './unmapped';
import { usageMetrics, usageReport } from './usage';

/** What reports are made of. */
export interface Sources {
  store: Store;
  clock: Clock;
  wap: Pick<WapConnection, 'admin' | 'subscriptions'>;
  scope: MappingScope;
  days: Days;
  /** What runs, and how it does. `since`: runs that ended from then on are counted, ms UTC. */
  glance(since: number): Promise<OverviewAnswer>;
  signal: AbortSignal;
}

/** What is asked of one or the other; texts that are left out do not matter. */
export interface Asked {
  period: Period;
  /** Whether usage is told by day, by month, or as one sum. */
  by: UsageStep;
  tenant?: string | undefined;
  eachTenant: boolean;
  /** Of usage the whole name; of dead letters a part of it. */
  meter?: string | undefined;
  reason?: string | undefined;
  runState: RunState | 'any' | 'notEnded';
  /** A part of a run's key. */
  searchText?: string | undefined;
  /** Rows at most. */
  limit: number;
}

/** A report, and the same in numbers. */
export interface Found {
  report: Report;
  metrics: Metric[];
}

/** The states of runs that are meant; null stands for any. */
function statesOf(asked: Asked['runState']): Array<RunState | null> {
  if (asked === 'any') return [null];
  return asked === 'notEnded' ? ['failed', 'open'] : [asked];
}

const dayMs = 86_400_000;
/** Reading all subscriptions of a large WAP takes minutes. */
const unmappedMs = 600_000;

/** Every report by its name: read from the store (`unmapped` from WAP as well), as rows and in numbers. */
export const reports = {
  overview: async ({ glance, clock }: Sources): Promise<Found> => {
    const answer = await glance(clock.now() - dayMs);
    return { report: overviewReport(answer), metrics: overviewMetrics(answer) };
  },

  usage: async ({ store, clock, scope }: Sources, { period, meter, limit, ...asked }: Asked): Promise<Found> => {
    const filter = { ...scope, from: period.from ?? '0000-01-01', to: period.to ?? '9999-12-31', meter };
    const report = await usageReport(store, clock, { filter, ...asked, isEach: asked.eachTenant }, limit);
    return { report, metrics: usageMetrics(report) };
  },

  deadLetters: async ({ store, days }: Sources, { period, tenant, meter, reason, limit }: Asked): Promise<Found> => {
    const filter = {
      ...(period.from === null ? {} : { from: days.begin(period.from) }),
      ...(period.to === null ? {} : { to: days.begin(dayAfter(period.to, 1)) }),
      ...(tenant === undefined ? {} : { tenant }),
      ...(meter === undefined ? {} : { meter }),
      ...(reason === undefined ? {} : { reason }),
    };
    const report = await lettersReport(store, filter, limit);
    return { report, metrics: lettersMetrics(report) };
  },

  runs: async ({ store }: Sources, { runState, searchText, limit }: Asked): Promise<Found> => {
    const filter = { workflow: null, step: null, waitsFor: null, text: searchText ?? null };
    const states = statesOf(runState);
    const filters = states.map(state => ({ ...filter, state }));
    const report = await runsReport(store, filters, limit);
    return { report, metrics: runsMetrics(report) };
  },

  unmapped: async ({ store, wap, scope, clock, signal }: Sources, { limit }: Asked): Promise<Found> => {
    const bounds = { signal, now: () => clock.now(), most: limit, longestMs: unmappedMs };
    const report = unmappedReport(await unmappedOf(store, wap, scope, bounds));
    return { report, metrics: unmappedMetrics(report) };
  },
} satisfies Record<string, (sources: Sources, asked: Asked) => Promise<Found>>;
