let last: Promise<void> = Promise.resolve();

/** Resolves in the next turn of the event loop, behind the input and output that waits for it. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** Waits for a turn of the event loop that nobody else who waits here gets: what several do in parts never adds up to a
 *  long stop. */
export function yieldToLoop(): Promise<void> {
  last = last.then(nextTurn);
  return last;
}
