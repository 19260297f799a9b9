/** The user directory of a headless Node-RED that asks nobody anything and reaches nothing outside. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPort } from './ports';
import type { InstalledPackage } from './tarball';

export type LogLevel = 'info' | 'debug' | 'trace' | 'warn';

export interface Home {
  userDir: string;
  /** Another folder, as for most services: what lands in it was meant for the user directory. */
  startedIn: string;
  logFile: string;
  /** The same over restarts; claimed. */
  port: number;
}

/** Node-RED's own nodes that no flow under test has. Without them a start takes a fifth less of the processor, and tests start
 *  it hundreds of times. */
const unused = [
  ...['10-mqtt.js', '22-websocket.js', '31-tcpin.js', '32-udp.js', '90-exec.js', '23-watch.js'],
  ...['70-XML.js', '70-HTML.js', '70-YAML.js'],
];

/** How the editor looks. No dialog of ours has a code editor; loading Monaco, the usual one, is a quarter of what opening the
 *  editor costs the processor, and tests open it a hundred times. */
const theme = { tours: false, projects: { enabled: false }, codeEditor: { lib: 'ace' } };

/** As `theme`, with Node-RED's usual code editor. */
export const usualTheme = { ...theme, codeEditor: { lib: 'monaco' } };

/** Of whoever comes without a name. Node-RED shows a tip a second after it has begun to build the page, whether or not the place
 *  for it is there: on a busy machine it is not, and that is an error of the page ("reading 'html'"). So there are no tips. */
const userSettings = { _: { editor: { view: { 'view-show-tips': false } } } };

/** `packed` is installed in it, `null`: nothing is. `more` settings of Node-RED, e.g. `adminAuth`. */
export async function makeHome(
  packed: InstalledPackage | null,
  level: LogLevel,
  metrics: boolean,
  more: Record<string, unknown> = {},
): Promise<Home> {
  const userDir = mkdtempSync(join(tmpdir(), 'wap-billing-world-'));
  const port = await claimPort();
  mkdirSync(join(userDir, 'lib'), { recursive: true });
  const startedIn = join(userDir, 'started-in');
  mkdirSync(startedIn);
  if (packed) symlinkSync(packed.modules, join(userDir, 'node_modules'), 'junction');
  const manifest = {
    name: 'node-red-user-directory',
    private: true,
    dependencies: packed ? { [packed.manifest.name]: packed.manifest.version } : {},
  };
  writeFileSync(join(userDir, 'package.json'), JSON.stringify(manifest));
  const settings = {
    ...{ uiHost: '127.0.0.1', uiPort: port, flowFile: 'flows.json', credentialSecret: 'only-for-tests' },
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: theme,
    externalModules: { autoInstall: false, palette: { allowInstall: false } },
    logging: { console: { level, metrics, audit: false } },
    nodesExcludes: unused,
    ...more,
  };
  writeFileSync(join(userDir, 'settings.js'), `module.exports = ${JSON.stringify(settings, null, 2)};\n`);
  writeFileSync(join(userDir, '.config.users.json'), JSON.stringify(userSettings));
  return { userDir, startedIn, logFile: join(userDir, 'node-red.log'), port };
}
