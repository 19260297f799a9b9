import type { Place } from './commands';

/** First and last id of a replay, both included. `toId` null: up to what WAP has when the replay gets there. */
export interface ReplayIds {
  fromId: number;
  toId: number | null;
}

/** A replay that has begun, by its name. */
export interface Replay extends ReplayIds {
  replay: string;
}

/** What is replayed. `rebuilds`: what is delivered of it is added up from nothing. */
export interface ReplayRange {
  from: Place;
  to: Place | null;
  rebuilds?: boolean;
}

/** A name that none of the runs has. Ask for it in the transaction that writes it down, or two replays may get the same. */
export function newReplayName(now: number, runs: ReadonlyArray<{ run: string }>): string {
  const name = `replay ${new Date(now).toISOString()}`;
  const taken = runs.filter(({ run }) => run.startsWith(name)).length;
  return taken > 0 ? `${name} ${taken + 1}` : name;
}
