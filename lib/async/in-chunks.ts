import { yieldToLoop } from './event-loop';

/** Few enough that handling them never holds the event loop up for long. */
const atOnce = 500;

/** Works through a list in chunks with a turn of the event loop between them, so that a large batch holds nobody up. */
export async function inChunks<T>(
  list: readonly T[],
  work: (some: readonly T[]) => void | Promise<void>,
): Promise<void> {
  for (let from = 0; from < list.length; from += atOnce) {
    if (from > 0) await yieldToLoop();
    await work(list.length <= atOnce ? list : list.slice(from, from + atOnce));
  }
}
