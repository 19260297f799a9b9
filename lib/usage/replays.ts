import type { LoopPoll } from './loop-contract';

/** A run over the past; ids included. `toId` null: up to what WAP has when it gets there. */
export interface Replay {
  replay: string;
  fromId: number;
  toId: number | null;
}

/** A name that none of the runs has. */
export function newReplayName(now: number, runs: ReadonlyArray<{ name: string }>): string {
  const name = `replay ${new Date(now).toISOString()}`;
  const taken = runs.filter(run => run.name.startsWith(name)).length;
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
