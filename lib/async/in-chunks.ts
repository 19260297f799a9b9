import { yieldToLoop } from './event-loop';

/** So few that their work never stops the event loop for long. */
const atOnce = 500;

/** Goes through a list in parts, each after a turn of the event loop, so that a large batch does not keep others waiting. */
export async function inSlices<T>(
  list: readonly T[],
  work: (some: readonly T[]) => void | Promise<void>,
): Promise<void> {
  for (let from = 0; from < list.length; from += atOnce) {
    if (from > 0) await yieldToLoop();
    await work(list.length <= atOnce ? list : list.slice(from, from + atOnce));
  }
}
