import { setMaxListeners } from 'node:events';
import { gaveUp } from './pause';

/** Runs the tasks of one key one after another. A task that is aborted while it waits leaves the queue at once. */
export class OneAtATime {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs the task once those before it are over, whatever became of them.
   *  @throws what the task throws; ABORTED or WAP_TIMEOUT when the signal fires while it waits */
  async run<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    let release = () => {};
    const mine = new Promise<void>(resolve => {
      release = resolve;
    });
    const tail = before.then(() => mine);
    this.#tails.set(key, tail);
    try {
      await waitFor(before, signal);
      return await work();
    } finally {
      release();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}

/** Waits for a turn. @throws as `gaveUp` */
function waitFor(turn: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return turn;
  return new Promise((resolve, reject) => {
    const leave = () => reject(gaveUp(signal, 'The wait for the turn'));
    if (signal.aborted) return leave();
    setMaxListeners(0, signal); // one signal may end the wait of many
    signal.addEventListener('abort', leave, { once: true });
    turn.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject);
  });
}
