/** `npm start`: both simulators and the newest Node-RED this Node can run, with the examples, on 127.0.0.1. */

import { join, relative } from 'node:path';
import { buttons, emptyHome, emptyWorld, keptSettings, prepareUserDir, userDirOf } from './demo/home.mjs';
import { readOptions } from './demo/options.mjs';
import { checkEditorPort } from './demo/ports.mjs';
import { resetServer } from './demo/reset.mjs';
import { answers, Servers } from './demo/servers.mjs';
import { runToEnd } from './lib/children.mjs';
import { buildIsStale } from './lib/freshness.mjs';
import { installWhenNeeded } from './lib/install.mjs';
import { at } from './lib/paths.mjs';
import { fail, run } from './lib/say.mjs';

/** As slow as a real one; and a plan named "Stuck …" is never seen, but its clone "Stuck … (r2)" is. */
const propagation = ['--default-delay', '3000', '--offer-delay', '^Stuck[^(]*$=never'];

/** WAP is read once a minute, as in earnest; nobody wants to watch half an hour until a plan is given up. */
const pace = {
  BILLING_CHECK_SECONDS: process.env.BILLING_CHECK_SECONDS ?? '10',
  BILLING_DEADLINE_MINUTES: process.env.BILLING_DEADLINE_MINUTES ?? '2',
};

const portKey = name => `wap${name[0].toUpperCase()}${name.slice(1)}`;

await run(async () => {
  const options = readOptions();
  if (!options) return;
  await checkEditorPort(options.port);
  await installWhenNeeded();
  if (buildIsStale()) {
    console.log('Building …');
    if ((await runToEnd(process.execPath, [at('scripts', 'build.mjs')])) !== 0) fail('The build failed (above)');
  }
  await demo(options);
});

async function demo({ port, newPorts, reset, home }) {
  if (reset) await emptyHome(home);
  const { secrets, ports } = await keptSettings(home, newPorts);
  prepareUserDir(home, port);
  let servers = new Servers(home, crashed);
  const resets = await resetServer(() => void beginAnew());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));
  endWithParent();

  const env = environment(home, secrets, ports);
  const wapPorts = ['admin', 'usage', 'sts', 'windows'].flatMap(name => [
    `--${name}-port`,
    String(ports[portKey(name)]),
  ]);
  let isBeginning = false;
  let isEnding = false;
  const asks = ['--approval-endpoint', `http://127.0.0.1:${port}/wap`]; // the prefix of examples 08 and 09
  try {
    await startAll();
  } catch (error) {
    await servers.end();
    throw error;
  }
  tell(`http://127.0.0.1:${port}/`, env, home);

  async function startAll() {
    servers.start(
      'wap',
      [at('dist/simulator/wap-simulator.js'), ...wapPorts, ...asks, '--state', join(home, 'wap-state.json'), '--demo'],
      env,
    );
    const billing = [
      '--port',
      String(ports.billing),
      '--state',
      join(home, 'billing-state.json'),
      '--demo',
      ...propagation,
    ];
    servers.start('billing', [at('dist/simulator/billing-simulator.js'), ...billing], env);
    await Promise.all([
      answers('The simulated WAP', env.WAP_ADMIN_URL),
      answers('The simulated billing', env.BILLING_URL),
    ]);
    servers.start('node-red', [redJs(), '-u', userDirOf(home)], {
      ...env,
      WAP_BILLING_DEMO_SECRET: secrets.credentialSecret,
      WAP_BILLING_DEMO_RESET: resets.url,
    });
    const editor = `http://127.0.0.1:${port}/`;
    await answers('Node-RED', editor);
  }

  /** By the button of the demo; presses that come meanwhile are the same wish. */
  async function beginAnew() {
    if (isBeginning) return;
    isBeginning = true;
    try {
      await servers.end();
      if (isEnding) return;
      emptyWorld(home);
      servers = new Servers(home, crashed);
      await startAll();
      console.log('  The demo began anew.');
    } catch (error) {
      console.error(error.message);
      await end(1);
    } finally {
      isBeginning = false;
    }
  }

  async function end(code) {
    isEnding = true;
    await servers.end();
    process.exit(code);
  }

  function crashed(name, lastLines) {
    console.error(`\n${name} ended by itself. Its last lines:\n${lastLines}`);
    void end(1);
  }

  /** A killed npm leaves its scripts behind; on Windows this cannot be seen, and closing the window ends all. */
  function endWithParent() {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && end(0), 1000).unref();
  }
}

function environment(home, secrets, ports) {
  const local = port => `http://127.0.0.1:${port}`;
  return {
    ...{ WAP_ADMIN_URL: local(ports.wapAdmin), WAP_USAGE_URL: local(ports.wapUsage) },
    ...{ WAP_STS_URL: `${local(ports.wapSts)}/wstrust/issue/usernamemixed`, WAP_STS_KIND: 'usernamemixed' },
    ...{ WAP_USER: 'admin', WAP_PASSWORD: secrets.wapPassword, WAP_PRINCIPAL: 'wap-billing-demo' },
    ...{ WAP_USAGE_USER: 'UsageClient', WAP_USAGE_PASSWORD: secrets.usagePassword },
    ...{ WAP_APPROVAL_USER: 'wap', WAP_APPROVAL_PASSWORD: secrets.approvalPassword },
    ...{
      BILLING_URL: local(ports.billing),
      BILLING_TOKEN: secrets.billingToken,
      BILLING_STATE: join(home, 'wap-billing.sqlite'),
    },
    ...pace,
    ...notThroughProxy(),
  };
}

/** Everything here is on this machine; a proxy that the environment names would be asked for it. */
function notThroughProxy() {
  const names = ['NO_PROXY', 'no_proxy'];
  const list = [...names.map(name => process.env[name]), '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return Object.fromEntries(names.map(name => [name, list]));
}

function redJs() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const runs5 = major > 22 || (major === 22 && minor >= 9);
  return at('node_modules', runs5 ? 'node-red' : 'node-red-4', 'red.js');
}

function tell(editor, env, home) {
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
