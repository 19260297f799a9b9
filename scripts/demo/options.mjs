import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail } from '../lib/say.mjs';
import { usualHome } from './home.mjs';

const help = `Starts both simulators and Node-RED with the example flows on 127.0.0.1.

  npm start -- [options]

  --port <n>      Node-RED's port (default 1880)
  --reset         begin anew: empties that folder, so what was sold and billed there is gone
  --new-ports     choose free ports for the simulators again, and keep them for later starts
  --dir <folder>  where it keeps everything (default .demo)
  --help          print this
`;

/** `{ port, newPorts, reset, home }`, or null when help was asked for and printed. */
export function readOptions() {
  const { values } = parse();
  if (values.help) {
    process.stdout.write(help);
    return null;
  }
  const port = Number(values.port ?? '1880');
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    fail(`--port must be a number from 1 to 65535, not ${values.port}`);
  const home = values.dir === undefined ? usualHome : resolve(values.dir);
  return { port, newPorts: values['new-ports'] === true, reset: values.reset === true, home };
}

function parse() {
  try {
    return parseArgs({
      options: {
        ...{ port: { type: 'string' }, 'new-ports': { type: 'boolean' }, reset: { type: 'boolean' } },
        ...{ dir: { type: 'string' }, help: { type: 'boolean' } },
      },
    });
  } catch (error) {
    return fail(`${error.message}\n\n${help}`);
  }
}
