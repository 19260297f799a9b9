/** `npm run dev`: the demo in a folder that is thrown away, built again and restarted where a saved source has changed it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Demo } from './demo/demo.mjs';
import { keptSettings, prepareUserDir } from './demo/home.mjs';
import { checkEditorPort } from './demo/ports.mjs';
import { actionsOf, builtPrints } from './dev/output.mjs';
import { reloadServer } from './dev/reload.mjs';
import { watchSources } from './dev/saves.mjs';
import { buildWhenNeeded, installWhenNeeded } from './lib/install.mjs';
import { at } from './lib/paths.mjs';
import { fail, run } from './lib/say.mjs';
import { whenAskedToEnd } from './lib/signals.mjs';

const help = `Starts both simulators and Node-RED with the example flows on 127.0.0.1, and follows what you save: builds,
restarts what the build changed, and loads the editor's page again when it has to.

  npm run dev -- [options]

  --port <n>      Node-RED's port (default 1880)
  --dir <folder>  keep flows and state there (default: a folder that is thrown away)
  --help          print this
`;

await run(async () => {
  const { port, dir } = readOptions();
  if (port === null) return;
  await checkEditorPort(port, 'npm run dev');
  await installWhenNeeded();
  await buildWhenNeeded();
  await develop(port, dir);
});

function readOptions() {
  const options = { port: { type: 'string' }, dir: { type: 'string' }, help: { type: 'boolean' } };
  const { values } = parseArgs({ options });
  const port = Number(values.port ?? '1880');
  if (!Number.isInteger(port) || port < 1 || port > 65535) fail(`--port must be a number from 1 to 65535, not ${port}`);
  if (values.help) process.stdout.write(help);
  return { port: values.help ? null : port, dir: values.dir };
}

async function develop(port, dir) {
  const home = dir ? resolve(dir) : mkdtempSync(join(tmpdir(), 'wap-billing-dev-'));
  const pages = await reloadServer();
  const { secrets, ports } = await keptSettings(home, false);
  prepareUserDir(home, port, { 'reload.js': pages.script });
  const demo = new Demo({ home, port, secrets, ports, onCrash: crashed, echo: ['node-red'] });
  let building = null;
  let isEnding = false;
  let running = builtPrints();
  whenAskedToEnd(end);
  try {
    await demo.start();
  } catch (error) {
    if (isEnding) return;
    await demo.end();
    fail(`${error.message} (${join(home, 'logs')})`);
  }
  if (isEnding) return;
  watchSources(follow);
  console.log(`
  Editor             ${demo.editor}
  Simulated WAP      ${demo.env.WAP_ADMIN_URL}/
  Simulated billing  ${demo.env.BILLING_URL}/

  Save a source, and what it changes is built and started again. Logs and flows are in ${home}. Press Ctrl-C to end.
`);

  /** What runs goes on until the build is through; after a failed one nothing is restarted, and the next save builds again. */
  async function follow(paths) {
    console.log(
      `\nSaved: ${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ` and ${paths.length - 3} more` : ''}. Building …`,
    );
    if (!(await build()) || isEnding) return;
    const built = builtPrints();
    const { restart, reload } = actionsOf(running, built);
    running = built;
    const names = ['wap', 'billing', 'node-red'].filter(name => restart.includes(name) || !demo.runs(name));
    if (names.length === 0) return console.log('Built. Nothing that runs has changed.');
    try {
      await demo.restart(names);
    } catch (error) {
      return isEnding || console.error(`${error.message}. The next save starts it again.`);
    }
    if (isEnding) return;
    const told = reload ? `, and ${pages.reload()} open page(s) of the editor loaded again` : '';
    console.log(`Built and started again: ${names.join(', ')}${told}.`);
  }

  function build() {
    return new Promise(done => {
      building = spawn(process.execPath, [at('scripts', 'build.mjs')], { stdio: 'inherit' });
      building.once('close', code => {
        building = null;
        done(code === 0);
      });
    });
  }

  function crashed(name, lastLines) {
    if (isEnding) return;
    console.error(`\n${name} ended by itself. Its last lines:\n${lastLines}\nThe next save starts it again.`);
  }

  async function end() {
    if (isEnding) return;
    isEnding = true;
    building?.kill();
    await demo.end();
    if (!dir) rmSync(home, { recursive: true, force: true });
    process.exit(0);
  }
}
