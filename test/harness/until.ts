/** The only way tests wait: for a fact, with a generous limit. */

const everyMs = 25;
const usualLimitMs = 45_000;

/** Resolves with what `look` found as soon as it is not false, null or undefined. An exception of `look` counts as "not yet"
 *  and becomes part of the message when the limit passes. */
export async function until<T>(
  description: string,
  look: () => T | Promise<T>,
  limitMs = usualLimitMs,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (isThere(found)) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${limitMs} ms for: ${description}; last: ${String(last)}`);
    await new Promise(resolve => setTimeout(resolve, everyMs));
  }
}

function isThere<T>(found: T): found is Exclude<T, false | null | undefined> {
  return found !== false && found !== null && found !== undefined;
}
