/** How the loop does, as far as it knows by itself; times in ms UTC. */
export interface LoopGlance {
  isPaused: boolean;
  /** When WAP was asked last; null before the first time. */
  polledAt: number | null;
  /** null: it does not poll by itself, or is paused. */
  nextPollAt: number | null;
  /** The failure that lasts, with its sentence; null when all is well. */
  failure: { code: string; message: string } | null;
  /** New items in each of the last 60 minutes, the oldest first. */
  perMinute: number[];
}
