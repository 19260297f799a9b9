/** What one process used while it worked; times in ms, memory in MB. */
export interface Figures {
  cpuMicroseconds: number;
  /** The event loop's longest stop, and the one that 99 of 100 keep below. */
  longestStop: number;
  usualStop: number;
  /** The most processor time that the process itself used in one stop. */
  longestOwn: number;
  /** Stops longer than 50 ms, and those of them in which it worked so long itself. */
  stops: number;
  ownStops: number;
  highestMegabytes: number;
}

export function watch(): () => Figures;
