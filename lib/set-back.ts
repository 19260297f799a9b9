/** Smaller steps are how clocks are kept right; they delay nothing by much. */
const toleratedMs = 60_000;

/** No timer is trusted with more: the clock may be set back between two looks at it. */
export const longestSleepMs = 60_000;

/** Tells when somebody has set the clock back: what was to come at a time is then that much too late. */
export class SetBack {
  #last = Number.NEGATIVE_INFINITY;

  /** True once for each time that the clock went back. */
  notices(now: number): boolean {
    const wentBack = now < this.#last - toleratedMs;
    this.#last = now;
    return wentBack;
  }

  /** What had to be done about it failed: it is noticed again. */
  again(): void {
    this.#last = Number.POSITIVE_INFINITY;
  }
}
