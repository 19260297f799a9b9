import { nextTurn } from './event-loop';

/** One input, and who waits for its output. */
interface Asked<In, Out> {
  input: In;
  resolve(output: Out): void;
  reject(error: unknown): void;
}

/** The largest group; what is left over forms the next one. */
const most = 500;

/** Groups equal work: whatever is asked for while a group is being worked on forms the next group. When a group fails, its
 *  members are tried one by one, so that one bad input does not fail its neighbours. */
export class Coalescer<In, Out> {
  readonly #work: (inputs: In[]) => Promise<Out[]>;
  readonly #waiting: Asked<In, Out>[] = [];
  #isBusy = false;

  /** `work` answers one output for each input, in order, and is safe to repeat after a failure. */
  constructor(work: (inputs: In[]) => Promise<Out[]>) {
    this.#work = work;
  }

  /** The output for one input, worked out together with whatever is asked for at the same time. @throws what `work` throws */
  ask(input: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      if (!this.#isBusy) void this.#goOn();
    });
  }

  async #goOn(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      // Lets everything that arrives in this turn of the event loop join the first group.
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
