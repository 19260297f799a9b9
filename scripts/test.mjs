/** `npm test`: everything that proves this package, from a fresh clone with nothing installed. `npm test -- unit contract`
 *  runs only the sections named. Once one has failed, no other is started. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { askedFor } from './lib/asked.mjs';
import { runToEnd, tools } from './lib/children.mjs';
import { installWhenNeeded } from './lib/install.mjs';
import { at, filesBelow, readJson } from './lib/paths.mjs';
import { quickChecks } from './lib/quick-checks.mjs';
import { run } from './lib/say.mjs';

/** What prints nothing for so long hangs: the slowest test takes a minute, on a busy machine a few. */
const silentMs = 10 * 60_000;
const totalsFolder = at('.tmp', 'totals');
/** Where the first that packs the package says where it is. */
const packed = at('.tmp', 'totals', 'packed.json');
const node = process.execPath;

const command = (name, ...args) => ({ name, go: () => runToEnd(node, args, { silentMs }) });
const quick = name => command(name, ...quickChecks[name]);

/** One mocha run over `test/<folder>`, on one Node-RED major when that matters. `files`: how many of its files run at a time, each in
 *  a process of its own. `more`: further arguments of mocha. */
function mocha(folder, major, files, ...more) {
  const name = major ? `${folder} on Node-RED ${major}` : folder;
  const totals = at('.tmp', 'totals', `${name}.json`);
  const env = {
    WAP_BILLING_TOTALS: totals,
    WAP_BILLING_PACKED: packed,
    ...(major ? { NODE_RED_MAJOR: String(major) } : {}),
  };
  const args = [
    tools.mocha,
    '--reporter',
    at('scripts', 'lib', 'mocha-totals.cjs'),
    ...(files > 1 ? ['--parallel', '--jobs', String(files)] : []),
    ...more,
    `test/${folder}/**/*.test.ts`,
  ];
  // Tests of nodes have Node-RED's runtime in their own process, and Node-RED 5 wants a newer Node than this may be.
  const binary = () => (folder === 'nodes' && major === 5 ? nodeOfNodeRed5() : node);
  const mark = major ? `[${folder} ${major}]` : `[${folder}]`;
  return { name, folder, totals, files, go: () => runToEnd(binary(), args, { env, silentMs, mark }) };
}

function nodeOfNodeRed5() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 9)) return node;
  return execFileSync(node, [at('scripts', 'node24.mjs')], { encoding: 'utf8' }).trim();
}

const both = (folder, files) => [4, 5].map(major => mocha(folder, major, files));

/** Every transaction is run, rolled back and run again, so that whatever changes more than rows in one fails. The first
 *  comes before those of the settings, and the second is TypeScript. */
const transactionsTwice = ['tsx/cjs', './test/unit/state/every-store-twice.ts'].flatMap(file => ['--require', file]);

/** First what is soon known, one row after the other; what is in one row runs side by side. */
const rows = [
  [quick('lint'), quick('types')],
  [quick('types of the editor'), quick('documents')],
  [command('build', at('scripts', 'build.mjs'))],
  [mocha('unit', undefined, 2, ...transactionsTwice)],
  [mocha('contract', undefined, 1)],
  // One after the other, because the first makes the package that the rest installs.
  [mocha('harness', 4, 1)],
  [mocha('harness', 5, 1)],
];

/** Then what waits for processes of its own as much as it computes, the longest first: as many at once as fill the cores. */
const queue = [
  ...both('crash', 1),
  ...both('editor', 2),
  ...both('flows', 2),
  ...both('nodes', 2),
  // It runs the newest Node-RED alone, as `npm start` does.
  mocha('demo', 5, 1),
];
const most = Math.max(4, availableParallelism() * 2);

const hasTests = ({ folder }) => !folder || filesBelow(at('test', folder)).some(file => file.endsWith('.test.ts'));

/** Milliseconds by section; some ran side by side. */
const took = new Map();

const namesOf = ({ name, folder }) => (folder ? [name, folder] : [name]);

await run(async () => {
  const isAsked = askedFor([...rows.flat(), ...queue].map(namesOf));
  await installWhenNeeded();
  rmSync(totalsFolder, { recursive: true, force: true });
  mkdirSync(totalsFolder, { recursive: true });
  const isPlanned = section => isAsked(namesOf(section)) && hasTests(section);
  const failed = [];
  for (const row of rows) {
    if (failed.length === 0) await Promise.all(row.filter(isPlanned).map(section => timed(section, failed)));
  }
  await goThrough(queue.filter(isPlanned), failed);
  if (failed.length > 0) {
    console.log(`\nStopped: ${failed.map(({ name }) => name).join(' and ')} failed.`);
    process.exitCode = 1;
  }
  console.log(`\n${times()}\n${sum([...rows.flat(), ...queue].filter(isPlanned))}`);
});

/** Starts the next section as soon as there is room for its files, and none after one has failed. */
async function goThrough(sections, failed) {
  const running = new Map();
  for (const section of sections) {
    const room = () => most - [...running.keys()].reduce((files, each) => files + each.files, 0);
    while (running.size > 0 && room() < section.files) await Promise.race(running.values());
    if (failed.length > 0) break;
    running.set(
      section,
      timed(section, failed).then(() => running.delete(section)),
    );
  }
  await Promise.all(running.values());
}

function times() {
  const seconds = [...took].map(([name, ms]) => `${(ms / 1000).toFixed(0).padStart(6)} s  ${name}`);
  return ['Time of each part:', ...seconds].join('\n');
}

async function timed(section, failed) {
  const { name, go } = section;
  console.log(`\n=== ${name}`);
  const began = Date.now();
  const code = await go();
  if (code !== 0) failed.push(section);
  took.set(name, Date.now() - began);
  console.log(`=== ${name}: ${code === 0 ? 'ok' : `exit code ${code}`}, ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

function sum(planned) {
  const totals = planned.flatMap(({ totals: file }) => (file && existsSync(file) ? [readJson(file)] : []));
  const add = field => totals.reduce((total, each) => total + each[field], 0);
  const skipped = add('skipped');
  return `${add('passed')} passed, ${add('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
