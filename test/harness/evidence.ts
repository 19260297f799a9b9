/** What a failed test leaves behind: the folders of the worlds it ran in, and a line that says where. */
import { rmSync } from 'node:fs';

let failures = 0;

// A root hook inside a mocha run; scripts use the harness too.
if (typeof afterEach === 'function')
  afterEach(function noteFailure() {
    if (this.currentTest?.state === 'failed') failures += 1;
  });

/** Call when a folder comes into use; call the answer when it is no longer needed. */
export function keepWhenTestsFail(folder: string): (alsoKeepBecause?: unknown) => void {
  const before = failures;
  return reason => {
    if (failures > before || reason !== undefined) console.error(`      evidence kept in ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
