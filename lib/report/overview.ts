import type { FeedLine, OverviewAnswer } from '../desk/overview';
import type { RunCounts } from '../state/tables/run-list';
import type { Metric } from './prometheus';
import { type Report, timeText } from './report';

const columns = [
  ...(['about', 'name', 'installation', 'state', 'needsPerson', 'waiting', 'open', 'failed', 'ended24h'] as const),
  ...(['lagSeconds', 'lastReadAt', 'nextReadAt', 'caughtUpAt', 'problem'] as const),
];
type Row = Record<(typeof columns)[number], string | number | null>;

/** A row has the columns of every kind; what does not apply is null. */
const empty: Row = {
  ...{ about: null, name: null, installation: null, state: null, needsPerson: null, waiting: null, open: null },
  ...{ failed: null, ended24h: null, lagSeconds: null, lastReadAt: null, nextReadAt: null, caughtUpAt: null },
  problem: null,
};

/** A row a feed's reader (`usage`, `events`), a `workflow`, a kind of `deadLetters`, and the `questions` that runs ask people. */
export function overviewReport({ feeds, workflows, letters, questions, deployed }: OverviewAnswer): Report {
  const rows: Row[] = [
    ...feeds.map(feedRow),
    ...workflows.map(({ workflow, open, failed, ended }) => ({
      ...empty,
      ...{ about: 'workflow', name: workflow, open, failed, ended24h: ended },
      state: deployed.includes(workflow) ? 'running' : 'not deployed',
    })),
    ...Object.entries(letters).map(([name, needsPerson]) => ({ ...empty, about: 'deadLetters', name, needsPerson })),
    { ...empty, about: 'questions', needsPerson: questions },
  ];
  return { columns, rows, isWhole: true };
}

/** One reader; without a running poll node only what the store knows. */
function feedRow({ feed, consumer, installation, needs, live }: FeedLine): Row {
  const row = { ...empty, about: feed, name: consumer, installation, needsPerson: sumOf(needs), failed: needs.refused };
  if (!live) return { ...row, state: 'not deployed' };
  return {
    ...row,
    state: stateOf(live),
    ...{ waiting: live.waiting, open: live.open, lagSeconds: secondsOf(live.oldestAgeMs) },
    ...{ lastReadAt: timeText(live.polledAt), nextReadAt: timeText(live.nextPollAt) },
    ...{ caughtUpAt: timeText(live.caughtUpAt), problem: live.failure?.message ?? null },
  };
}

/** A paused feed is not failing, whatever failed before. */
function stateOf({ isPaused, failure }: NonNullable<FeedLine['live']>): string {
  if (isPaused) return 'paused';
  return failure ? 'failing' : 'running';
}

/** The same in numbers. */
export function overviewMetrics({ feeds, workflows, letters }: OverviewAnswer): Metric[] {
  const ofFeeds = (name: string, help: string, value: (line: FeedLine) => number | null): Metric => ({
    ...{ name, help },
    samples: feeds.map(line => ({ labels: labelsOf(line), value: value(line) })),
  });
  const runs = (state: string, count: (of: RunCounts) => number) =>
    workflows.map(of => ({ labels: { workflow: of.workflow, state }, value: count(of) }));
  return [
    ofFeeds('feed_up', 'Whether the poll node runs and WAP answers.', ({ live }) => Number(!!live && !live.failure)),
    ofFeeds('feed_paused', 'Whether somebody paused the poll node.', ({ live }) => live && Number(live.isPaused)),
    ofFeeds('feed_waiting', 'What was read and has not gone out.', ({ live }) => live?.waiting ?? null),
    ofFeeds('feed_open', 'What is out and not acknowledged.', ({ live }) => live?.open ?? null),
    ofFeeds('feed_lag_seconds', 'Age of the oldest of both.', ({ live }) => live && secondsOf(live.oldestAgeMs)),
    ofFeeds('feed_needs_person', 'What was refused or waits for a person.', ({ needs }) => sumOf(needs)),
    ofFeeds('feed_last_read_timestamp_seconds', 'When WAP was asked last.', ({ live }) =>
      live?.polledAt ? live.polledAt / 1000 : null,
    ),
    {
      ...{ name: 'workflow_runs', help: 'Runs that have not ended, and those that failed.' },
      samples: [...runs('open', ({ open }) => open), ...runs('failed', ({ failed }) => failed)],
    },
    {
      ...{ name: 'dead_letters', help: 'Usage records and events set aside.' },
      samples: Object.entries(letters).map(([kind, value]) => ({ labels: { kind }, value })),
    },
  ];
}

const labelsOf = ({ feed, consumer, installation }: FeedLine) => ({ feed, reader: consumer, installation });
/** All that needs a person, of whatever kind. */
const sumOf = (needs: FeedLine['needs']): number => Object.values(needs).reduce((sum, count) => sum + count, 0);
const secondsOf = (ms: number | null): number => Math.round((ms ?? 0) / 1000);
