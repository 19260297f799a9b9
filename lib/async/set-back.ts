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

  /** Does `work`, which is told whether the clock went back. When it fails, nothing was done about that: it is noticed again. */
  async during<T>(now: number, work: (wentBack: boolean) => Promise<T>): Promise<T> {
    const wentBack = this.notices(now);
    try {
      return await work(wentBack);
    } catch (error) {
      if (wentBack) this.#last = Number.POSITIVE_INFINITY;
      throw error;
    }
  }
}
