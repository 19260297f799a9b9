/** The turn that was promised last. */
let last: Promise<void> = Promise.resolve();

/** Resolves in the next turn of the event loop, behind the input and output that waits for it. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** Waits for a turn of the event loop of one's own: those who wait here get different turns, so that the pieces of several long
 *  jobs never add up to one long stop. */
export function yieldToLoop(): Promise<void> {
  last = last.then(nextTurn);
  return last;
}
