import { whyNot } from './node-version.mjs';

/** One clear line for a person, and an end. */
class Failure extends Error {}

export function fail(message) {
  throw new Failure(message);
}

/** Runs `main`, on a Node.js that can; a Failure becomes one line and exit code 1, anything else keeps its stack. */
export async function run(main) {
  try {
    const refusal = whyNot(process.versions.node);
    if (refusal) fail(refusal);
    await main();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    process.exitCode = 1;
  }
}
