import { claimPort, isFree } from '../lib/ports.mjs';
import { fail } from '../lib/say.mjs';

const documented = { wapAdmin: 30004, wapUsage: 30022, wapSts: 30071, wapWindows: 30072, billing: 30100 };

/** Ports of the simulators. They are kept: the default names of cursors and mappings hold the address of an installation. */
export async function simulatorPorts(kept, chooseAgain) {
  if (kept && !chooseAgain) {
    for (const port of Object.values(kept)) {
      if (!(await isFree(port)))
        fail(`Port ${port} of a simulator is in use. End the program that has it, or run: npm start -- --new-ports`);
    }
    return kept;
  }
  const free = await Promise.all(Object.values(documented).map(isFree));
  if (!chooseAgain && free.every(Boolean)) return documented;
  const chosen = {};
  for (const name of Object.keys(documented)) chosen[name] = await claimPort();
  return chosen;
}

/** Fails with one line that says what to do; `command` is what was typed. */
export async function checkEditorPort(port, command) {
  if (!(await isFree(port))) fail(`Port ${port} is in use. Choose another one: ${command} -- --port ${port + 1}`);
}
