import { AdapterError } from '../../errors';
import type { Place } from './commands';
import type { LoopPoll } from './contract';

/** Ids of a part of the past, both included. `toId` null: up to what WAP has when it gets there. */
export interface IdRange {
  fromId: number;
  toId: number | null;
}

/** A run over the past. */
export interface Replay extends IdRange {
  replay: string;
}

/** What is replayed. `rebuilds`: what is delivered of it is added up from nothing. */
export interface ReplayRange {
  from: Place;
  to: Place | null;
  rebuilds?: boolean;
}

/** A name that none of the runs has; to be asked for in the transaction that writes it down. */
export function newReplayName(now: number, runs: ReadonlyArray<{ run: string }>): string {
  const name = `replay ${new Date(now).toISOString()}`;
  const taken = runs.filter(({ run }) => run.startsWith(name)).length;
  return taken > 0 ? `${name} ${taken + 1}` : name;
}

/** Adds what one run read to what all of them read: while one has more pages, there is more to read. */
export function addPoll(sum: LoopPoll, read: LoopPoll): void {
  sum.fetched += read.fetched;
  sum.alarms.push(...read.alarms);
  sum.failures = [...sum.failures, ...read.failures];
  if (read.stopped === 'pages' || sum.stopped === null) sum.stopped = read.stopped;
}

/** The first of several due times; null when nothing is due. */
export function earliest(times: ReadonlyArray<number | null>): number | null {
  const given = times.filter(each => each !== null);
  return given.length > 0 ? Math.min(...given) : null;
}

/** Does something with a single item in the first of these that has it set aside, and answers which that was.
 *  @throws STATE_NOT_FOUND, in the words of the first, when none has it. */
export async function firstThatHas<Run>(runs: readonly Run[], act: (run: Run) => Promise<void>): Promise<Run> {
  let notThere: unknown;
  for (const run of runs) {
    try {
      await act(run);
      return run;
    } catch (error) {
      if (!(error instanceof AdapterError && error.code === 'STATE_NOT_FOUND')) throw error;
      notThere ??= error;
    }
  }
  throw notThere;
}
