import { parseWapTime } from '../../wap/client/time';
import type { ProgressReport } from '../loop/contract';

/** Measures a run of pages from its first on, by the times of the records: WAP does not say how many there are. */
export class Progress {
  /** When the run began, and the time of the first page's last record, ms UTC. */
  #began: { at: number; time: number | null } | null = null;
  #count = 0;
  #time: number | null = null;

  /** One page was stored; `lastTime`: the `EndTime` of its last record. */
  note(records: number, lastTime: string, now: number): void {
    this.#time = timeOf(lastTime);
    if (!this.#began) {
      this.#began = { at: now, time: this.#time };
      this.#count = 0;
    }
    this.#count += records;
  }

  /** The end was read; the next page begins a new run. */
  end(): void {
    this.#began = null;
  }

  /** How the run goes; null between two. */
  report(now: number): ProgressReport | null {
    if (!this.#began) return null;
    const took = now - this.#began.at;
    const perSecond = took > 0 ? Math.round((this.#count * 1000) / took) : this.#count;
    return { count: this.#count, perSecond, leftMs: this.#left(took, now) };
  }

  /** The time that is left, if the rest is read as fast as the part before; null while that cannot be told. */
  #left(took: number, now: number): number | null {
    const from = this.#began?.time ?? null;
    if (from === null || this.#time === null || this.#time <= from) return null;
    return Math.max(0, Math.round((took * (now - this.#time)) / (this.#time - from)));
  }
}

/** ms UTC; null for a time that cannot be read. */
function timeOf(text: string): number | null {
  try {
    return parseWapTime(text).ms;
  } catch {
    return null;
  }
}
