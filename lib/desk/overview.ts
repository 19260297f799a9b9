import type { LoopHealth } from '../feeds/loop/contract';
import { type Needs, needsOf } from '../feeds/needs';
import type { Store } from '../state/port';
import { type LetterKind, letterTotals } from '../state/tables/letter-count';
import { letterReaders } from '../state/tables/letter-readers';
import { countOpenQuestions } from '../state/tables/question';
import { countRuns, type RunCounts, workflowNames } from '../state/tables/run-list';

export type { RunCounts } from '../state/tables/run-list';

/** Who reads a feed of an installation, and what of it needs a person. */
export interface Reader {
  feed: 'usage' | 'events';
  installation: string;
  consumer: string;
  needs: Needs;
}

/** What the store knows at a glance. */
export interface Overview {
  readers: Reader[];
  /** Also those without an open run; counts are 10,001 at most. */
  workflows: RunCounts[];
  /** Dead letters of all readers and meters. */
  letters: Record<LetterKind, number>;
  /** What runs ask people; 10,001 at most. */
  questions: number;
}

/** A reader of a feed. Times are ms UTC. */
export interface FeedLine extends Reader {
  /** What runs it; null when no poll node for it is deployed. */
  live: LiveLine | null;
}

/** A poll that runs, as it knows itself. */
export interface LiveLine extends LoopHealth {
  nodeId: string;
  name: string;
  /** Items that can go out now or later, those that are open, and the age of the oldest of these, ms. */
  waiting: number;
  open: number;
  oldestAgeMs: number | null;
  /** When WAP had no more. */
  caughtUpAt: number | null;
}

/** The glance of the store together with what runs. */
export interface OverviewAnswer extends Omit<Overview, 'readers'> {
  feeds: FeedLine[];
  /** Workflows whose start node runs. */
  deployed: string[];
}

/** Everything the overview shows. `since`: when the viewer's day began, ms UTC. */
export function overview(store: Store, since: number): Promise<Overview> {
  return store.transaction(
    async tx => {
      const { streams, events } = await letterReaders(tx);
      const readers: Reader[] = [];
      for (const [feed, list] of [['usage', streams] as const, ['events', events] as const]) {
        for (const { installation, consumer, run } of list) {
          if (run !== '') continue; // its dead letters are counted with those of its reader
          readers.push({
            ...{ feed, installation, consumer },
            needs: await needsOf(tx, { installation, source: feed, consumer }),
          });
        }
      }
      const letters = { dead: 0, waiting: 0, parked: 0, quarantine: 0 };
      for (const { letter, total } of await letterTotals(tx)) letters[letter] += total;
      const workflows = withIdle(await countRuns(tx, since), await workflowNames(tx));
      return { readers, workflows, letters, questions: await countOpenQuestions(tx, 10_001) };
    },
    { relaxed: true },
  );
}

/** Workflows whose runs have all ended are shown as well, with zeros. */
function withIdle(counted: RunCounts[], names: string[]): RunCounts[] {
  const idle = names.filter(name => !counted.some(({ workflow }) => workflow === name));
  return [...counted, ...idle.map(workflow => ({ workflow, open: 0, failed: 0, ended: 0 }))];
}
