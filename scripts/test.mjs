/** `npm test`: everything that proves this package, from a fresh clone with nothing installed. `npm test -- unit contract`
 *  runs only the sections named. Stops at the first section that fails. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { runToEnd, tools } from './lib/children.mjs';
import { installWhenNeeded } from './lib/install.mjs';
import { at, filesBelow, readJson } from './lib/paths.mjs';
import { run } from './lib/say.mjs';

const limitMs = 15 * 60_000;
const totalsFolder = at('.tmp', 'totals');
const node = process.execPath;

const command = (name, ...args) => ({ name, go: () => runToEnd(node, args, { limitMs }) });

/** One mocha run over `test/<folder>`, on one Node-RED major when that matters. `mark`: it runs beside another. `more`: further
 *  arguments of mocha. */
function mocha(folder, major, mark, ...more) {
  const name = major ? `${folder} on Node-RED ${major}` : folder;
  const totals = at('.tmp', 'totals', `${name}.json`);
  const env = { WAP_BILLING_TOTALS: totals, ...(major ? { NODE_RED_MAJOR: String(major) } : {}) };
  const args = [
    tools.mocha,
    '--reporter',
    at('scripts', 'lib', 'mocha-totals.cjs'),
    ...more,
    `test/${folder}/**/*.test.ts`,
  ];
  // Tests of nodes have Node-RED's runtime in their own process, and Node-RED 5 wants a newer Node than this may be.
  const binary = () => (folder === 'nodes' && major === 5 ? nodeOfNodeRed5() : node);
  return { name, folder, totals, go: () => runToEnd(binary(), args, { env, limitMs, mark }) };
}

function nodeOfNodeRed5() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 9)) return node;
  return execFileSync(node, [at('scripts', 'node24.mjs')], { encoding: 'utf8' }).trim();
}

/** Both majors side by side: they mostly wait for processes of their own. */
const both = (folder, ...more) => [4, 5].map(major => mocha(folder, major, `[${major}]`, ...more));

/** Two files at a time, each in a process of its own. */
const twoFiles = ['--parallel', '--jobs', '2'];

/** Every transaction is run, rolled back and run again, so that whatever changes more than rows in one fails. The first
 *  comes before those of the settings, and the second is TypeScript. */
const transactionsTwice = ['tsx/cjs', './test/unit/state/every-store-twice.ts'].flatMap(file => ['--require', file]);

/** What runs side by side is in one row. */
const rows = [
  [command('lint', tools.biome, 'check', '--error-on-warnings', '.')],
  [
    command('types', tools.tsc, '-p', 'tsconfig.json'),
    command('types of the editor', tools.tsc, '-p', 'tsconfig.editor.json'),
  ],
  [command('documents', at('scripts', 'docs.mjs'), '--check')],
  [command('build', at('scripts', 'build.mjs'))],
  [mocha('unit', undefined, undefined, ...twoFiles, ...transactionsTwice)],
  [mocha('contract')],
  // One after the other, because the first makes the package that the rest installs.
  [mocha('harness', 4)],
  [mocha('harness', 5)],
  both('nodes', ...twoFiles),
  both('flows', ...twoFiles),
  both('crash'),
  both('editor', ...twoFiles),
  // It runs the newest Node-RED alone, as `npm start` does.
  [mocha('demo', 5)],
];

const isAsked = ({ name, folder }) => {
  const asked = process.argv.slice(2);
  return asked.length === 0 || asked.some(word => word === name || word === folder);
};
const hasTests = ({ folder }) => !folder || filesBelow(at('test', folder)).some(file => file.endsWith('.test.ts'));

/** Milliseconds by section; those of one row ran side by side. */
const took = new Map();

await run(async () => {
  await installWhenNeeded();
  rmSync(totalsFolder, { recursive: true, force: true });
  mkdirSync(totalsFolder, { recursive: true });
  const planned = rows.map(row => row.filter(section => isAsked(section) && hasTests(section)));
  for (const row of planned) {
    const codes = await Promise.all(row.map(timed));
    const failed = row.filter((_section, index) => codes[index] !== 0);
    if (failed.length > 0) {
      console.log(`\nStopped: ${failed.map(({ name }) => name).join(' and ')} failed.`);
      process.exitCode = 1;
      break;
    }
  }
  console.log(`\n${times()}\n${sum(planned.flat())}`);
});

function times() {
  const seconds = [...took].map(([name, ms]) => `${(ms / 1000).toFixed(0).padStart(6)} s  ${name}`);
  return ['Time of each part:', ...seconds].join('\n');
}

async function timed({ name, go }) {
  console.log(`\n=== ${name}`);
  const began = Date.now();
  const code = await go();
  took.set(name, Date.now() - began);
  console.log(`=== ${name}: ${code === 0 ? 'ok' : `exit code ${code}`}, ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return code;
}

function sum(planned) {
  const totals = planned.flatMap(({ totals: file }) => (file && existsSync(file) ? [readJson(file)] : []));
  const add = field => totals.reduce((total, each) => total + each[field], 0);
  const skipped = add('skipped');
  return `${add('passed')} passed, ${add('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
