let last: Promise<void> = Promise.resolve();

/** Waits for a turn of the event loop that nobody else who waits here gets: what several do in parts never adds up to a
 *  long stop. */
export function yieldToLoop(): Promise<void> {
  last = last.then(() => new Promise(resolve => setImmediate(resolve)));
  return last;
}
