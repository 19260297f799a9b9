/** `npm start`: both simulators and the newest Node-RED this Node can run, with the examples, on 127.0.0.1. */

import { join, relative } from 'node:path';
import { Demo } from './demo/demo.mjs';
import { buttons, emptyHome, keptSettings, prepareUserDir } from './demo/home.mjs';
import { readOptions } from './demo/options.mjs';
import { checkEditorPort } from './demo/ports.mjs';
import { resetServer } from './demo/reset.mjs';
import { buildWhenNeeded, installWhenNeeded } from './lib/install.mjs';
import { run } from './lib/say.mjs';
import { whenAskedToEnd } from './lib/signals.mjs';

await run(async () => {
  const options = readOptions();
  if (!options) return;
  await checkEditorPort(options.port, 'npm start');
  await installWhenNeeded();
  await buildWhenNeeded();
  await start(options);
});

async function start({ port, newPorts, reset, home }) {
  if (reset) await emptyHome(home);
  const { secrets, ports } = await keptSettings(home, newPorts);
  prepareUserDir(home, port);
  const resets = await resetServer(() => void beginAnew());
  const ofNodeRed = { WAP_BILLING_DEMO_RESET: resets.url };
  const demo = new Demo({ home, port, secrets, ports, ofNodeRed, onCrash: crashed });
  let isBeginning = false;
  whenAskedToEnd(() => end(0));
  try {
    await demo.start();
  } catch (error) {
    await demo.end();
    throw error;
  }
  tell(demo, home);

  /** By the button of the demo; presses that come meanwhile are the same wish. */
  async function beginAnew() {
    if (isBeginning) return;
    isBeginning = true;
    try {
      await demo.beginAnew();
      console.log('  The demo began anew.');
    } catch (error) {
      console.error(error.message);
      await end(1);
    } finally {
      isBeginning = false;
    }
  }

  async function end(code) {
    await demo.end();
    process.exit(code);
  }

  function crashed(name, lastLines) {
    console.error(`\n${name} ended by itself. Its last lines:\n${lastLines}`);
    void end(1);
  }
}

function tell({ editor, env }, home) {
  const lines = buttons(home).map(
    ({ tab, injects }) => `    ${tab}${injects.length > 0 ? `: ${injects.map(name => `[${name}]`).join(' ')}` : ''}`,
  );
  console.log(`
  Editor             ${editor}
  Simulated WAP      ${env.WAP_ADMIN_URL}/
  Simulated billing  ${env.BILLING_URL}/

  Open the editor and both simulators side by side, press the button of an inject node and watch.
  Sell Gold Hosting is on sale within two minutes, because the adapter reads WAP once a minute. Billing never shows a
  plan whose name begins with Stuck: after ${env.BILLING_DEADLINE_MINUTES} minutes it is cloned, and its clone goes on sale.
${lines.join('\n')}

  Logs are in ${join(relative(process.cwd(), home), 'logs')}. Press Ctrl-C to end; the next npm start goes on from here.
  [Reset the demo] on the tab 0 Demo begins anew and keeps your flows, npm start -- --reset begins anew with all.
`);
}
