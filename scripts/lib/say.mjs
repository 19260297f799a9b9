/** One clear line for a person, and an end. */
class Failure extends Error {}

export function fail(message) {
  throw new Failure(message);
}

/** Runs `main`; a Failure becomes one line and exit code 1, anything else keeps its stack. */
export async function run(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    process.exitCode = 1;
  }
}
