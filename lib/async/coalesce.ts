import { nextTurn } from './event-loop';

interface Asked<In, Out> {
  input: In;
  resolve(output: Out): void;
  reject(error: unknown): void;
}

/** Most that are done together; the rest goes next. */
const most = 500;

/** Does the same work for many at once: what is asked for while it is under way is done together next. When that fails,
 *  each is done by itself, so that nobody fails for another. */
export class Coalescer<In, Out> {
  readonly #work: (inputs: In[]) => Promise<Out[]>;
  readonly #waiting: Asked<In, Out>[] = [];
  #isBusy = false;

  /** One output for each input, in their order; must bear to be done again after a failure. */
  constructor(work: (inputs: In[]) => Promise<Out[]>) {
    this.#work = work;
  }

  ask(input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      if (!this.#isBusy) void this.#goOn();
    });
  }

  async #goOn(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      // Those that come in this turn of the event loop are in the first round already.
      await nextTurn();
      await this.#round(this.#waiting.splice(0, most));
    }
    this.#isBusy = false;
  }

  async #round(asked: Array<Asked<In, Out>>): Promise<void> {
    try {
      const outputs = await this.#work(asked.map(({ input }) => input));
      for (const [index, { resolve, reject }] of asked.entries()) {
        if (index in outputs) resolve(outputs[index] as Out);
        else reject(new Error('Nothing was answered.'));
      }
    } catch (error) {
      if (asked.length === 1) asked[0]?.reject(error);
      else for (const one of asked) await this.#round([one]);
    }
  }
}
