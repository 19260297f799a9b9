/** Smaller steps back are ordinary corrections and delay nothing noticeably. */
const toleratedMs = 60_000;

/** The longest sleep between two looks at the clock: it may be set back in between. */
export const longestSleepMs = 60_000;

/** Notices that the clock was set back. Whatever waits for a time of day would otherwise be late by the whole jump. */
export class SetBack {
  #last = Number.NEGATIVE_INFINITY;

  /** True once after each jump back. */
  notices(now: number): boolean {
    const wentBack = now < this.#last - toleratedMs;
    this.#last = now;
    return wentBack;
  }

  /** Runs `work` and tells it whether the clock went back. If `work` fails, the jump was not dealt with and is reported again. */
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
