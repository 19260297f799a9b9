/** The folder of the demo: secrets, states of the simulators, logs, Node-RED's user directory. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, filesBelow, readJson, root } from '../lib/paths.mjs';
import { fail } from '../lib/say.mjs';
import { mergeFlows } from './merge.mjs';
import { simulatorPorts } from './ports.mjs';
import { demoTab } from './tab.mjs';

/** Ignored by git. */
export const usualHome = at('.demo');
export const userDirOf = home => join(home, 'node-red');

const settingsOf = home => join(home, 'settings.json');

/** Takes away what earlier starts left. A folder that is not a demo's is left alone: `--dir` may name any. */
export async function emptyHome(home) {
  if (!existsSync(home) || readdirSync(home).length === 0) return;
  if (!existsSync(settingsOf(home)) || !existsSync(join(userDirOf(home), 'settings.js')))
    fail(`${home} is not a folder of the demo, so --reset does not empty it`);
  await simulatorPorts(readJson(settingsOf(home)).ports, false); // fails while a demo runs on this folder
  rmSync(home, { recursive: true });
}

/** Secrets (made once) and ports, readable by this user only. */
export async function keptSettings(home, newPorts) {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = settingsOf(home);
  const kept = existsSync(file) ? readJson(file) : {};
  const secrets = { ...newSecrets(), ...kept.secrets };
  const ports = await simulatorPorts(kept.ports, newPorts);
  writeFileSync(file, `${JSON.stringify({ secrets, ports }, null, 2)}\n`, { mode: 0o600 });
  return { secrets, ports };
}

function newSecrets() {
  const secret = () => randomBytes(18).toString('base64url');
  return {
    ...{ wapPassword: secret(), usagePassword: secret(), approvalPassword: secret() },
    ...{ billingToken: secret(), credentialSecret: secret() },
  };
}

/** The user directory as a user would have it: the package installed (by link), the examples imported once. `pageScripts` run in
 *  the editor's page, by file name. */
export function prepareUserDir(home, port, pageScripts = {}) {
  const userDir = userDirOf(home);
  const write = (name, text) => writeFileSync(join(userDir, name), text);
  const manifest = readJson(at('package.json'));
  const link = join(userDir, 'node_modules', ...manifest.name.split('/'));
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true, recursive: false });
  symlinkSync(root, link, 'junction');
  const dependencies = { [manifest.name]: `file:${root}` };
  write('package.json', JSON.stringify({ name: 'wap-billing-demo', private: true, dependencies }, null, 2));
  const scripts = { 'show-desk.js': showDesk, ...pageScripts };
  write('settings.js', settings(port, Object.keys(scripts)));
  for (const [name, text] of Object.entries(scripts)) write(name, text);
  if (existsSync(join(userDir, 'flows.json'))) return;
  const examples = filesBelow(at('examples')).filter(file => file.endsWith('.json'));
  // Flows with nodes that are not installed would not start, and there is no second billing system here.
  const isMissing = ({ type, baseUrl = '' }) => type.startsWith('ui-') || baseUrl.startsWith('${BILLING2_URL');
  const ready = examples.map(readJson).filter(flows => !flows.some(isMissing));
  write('flows.json', JSON.stringify(mergeFlows([demoTab, ...ready]), null, 2));
}

/** The demo begins with the desk; whoever closes it finds it closed after a reload. */
const showDesk = `RED.events.on('flows:loaded', function show() {
  if (sessionStorage.getItem('wap-billing-demo-desk')) return;
  if (!RED.sidebar.containsTab('wap-billing-desk')) return setTimeout(show, 200);
  sessionStorage.setItem('wap-billing-demo-desk', 'shown');
  setTimeout(() => RED.sidebar.show('wap-billing-desk'), 500); // Node-RED chooses a tab of its own at last
});
`;

/** What a new start begins with: flows stay as they are. */
export function emptyWorld(home) {
  for (const file of ['wap-state.json', 'billing-state.json', 'wap-billing.sqlite'])
    for (const end of ['', '-wal', '-shm']) rmSync(join(home, file + end), { force: true });
}

/** The secret of the credentials file comes from the environment, so that no file here but settings.json holds one. */
function settings(port, scripts) {
  return `module.exports = {
  uiHost: '127.0.0.1', uiPort: ${port}, flowFile: 'flows.json',
  credentialSecret: process.env.WAP_BILLING_DEMO_SECRET,
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, projects: { enabled: false }, page: { scripts: ${JSON.stringify(scripts)}.map(name => __dirname + '/' + name) } },
  logging: { console: { level: 'info', metrics: false, audit: false } },
};
`;
}

/** Tabs of the demo's flows with the names of their inject nodes, for the line that says what to press. */
export function buttons(home) {
  const flows = readJson(join(userDirOf(home), 'flows.json'));
  return flows
    .filter(node => node.type === 'tab' && !node.disabled)
    .map(tab => ({
      tab: tab.label,
      injects: flows.filter(node => node.type === 'inject' && node.z === tab.id).map(node => node.name || 'inject'),
    }));
}
