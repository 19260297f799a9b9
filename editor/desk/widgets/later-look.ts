/** Looks again a while after it was asked to, once however often it was asked meanwhile: a view that is told of every message
 *  would otherwise ask the runtime for each. */
export class LaterLook {
  readonly #look: () => unknown;
  readonly #pauseMs: number;
  #timer = 0;
  #isClosed = false;

  constructor(look: () => unknown, pauseMs: number) {
    this.#look = look;
    this.#pauseMs = pauseMs;
  }

  /** An answer that comes now has nowhere to be drawn. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  ask(): void {
    if (this.#timer !== 0 || this.#isClosed) return;
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      this.#look();
    }, this.#pauseMs);
  }

  close(): void {
    this.#isClosed = true;
    window.clearTimeout(this.#timer);
  }
}
