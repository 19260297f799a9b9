/** `npm run coverage`: how much of `lib/` the unit and contract tests run through, in total and in the ten files that miss most.
 *  Fails below the bars. Line by line it is in `.tmp/coverage/index.html`. */
import { readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { runToEnd, tools } from './lib/children.mjs';
import { buildWhenNeeded, installWhenNeeded } from './lib/install.mjs';
import { at, filesBelow, readJson, root } from './lib/paths.mjs';
import { fail, run } from './lib/say.mjs';

const bars = { lines: 95, branches: 90 };
const folder = at('.tmp', 'coverage');
const raw = at('.tmp', 'coverage', 'raw');
const silentMs = 10 * 60_000;
/** Mocha ends its own parallel workers before they have written what they ran through, so each shard is a plain mocha. */
const shards = 8;
const atOnce = 2;
/** For the tests and for the processes that they start. Properties try a quarter of the cases that they try in `npm test`. */
const env = {
  NODE_V8_COVERAGE: raw,
  NODE_OPTIONS: `--require ${JSON.stringify(at('scripts', 'lib', 'own-code-alone.cjs'))}`,
  WAP_BILLING_PROPERTY_SHARE: '0.25',
};

const percent = ({ pct }) => `${pct.toFixed(1)} %`.padStart(7);

await run(async () => {
  await installWhenNeeded();
  await buildWhenNeeded();
  rmSync(folder, { recursive: true, force: true });
  await runTests();
  await report();
  printTable(readJson(at('.tmp', 'coverage', 'coverage-summary.json')));
});

async function runTests() {
  const tests = [at('test', 'unit'), at('test', 'contract')].flatMap(filesBelow);
  const files = tests.filter(file => file.endsWith('.test.ts'));
  const waiting = Array.from({ length: shards }, (_, shard) => files.filter((_file, n) => n % shards === shard));
  const lane = async () => {
    for (let shard = waiting.shift(); shard; shard = waiting.shift()) await runShard(shard);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function runShard(files) {
  const lines = [];
  const args = [tools.mocha, '--reporter', 'dot', ...files];
  const code = await runToEnd(process.execPath, args, { env, silentMs, lines });
  if (code !== 0) fail(`${lines.join('\n')}\nCoverage says nothing while tests fail.`);
}

async function report() {
  const typesAlone = (await filesWithTypesAlone()).flatMap(file => ['--exclude', file]);
  const c8 = [
    ...['--all', '--src', 'lib', '--include', 'lib/**/*.ts', '--extension', '.ts', ...typesAlone],
    ...['--reporter', 'html', '--reporter', 'json', '--reporter', 'json-summary'],
    ...['--reports-dir', folder, '--temp-directory', raw],
  ];
  const code = await runToEnd(process.execPath, [tools.c8, 'report', ...c8], { silentMs });
  if (code !== 0) fail('c8 could not make its report.');
}

/** Nothing of them is left when they run, so they would count as not covered. */
async function filesWithTypesAlone() {
  const { transform } = await import('esbuild');
  const files = filesBelow(at('lib')).filter(file => file.endsWith('.ts'));
  const codes = await Promise.all(
    files.map(file => transform(readFileSync(file, 'utf8'), { loader: 'ts', format: 'esm' })),
  );
  return files
    .filter((_file, index) => codes[index].code.trim() === '')
    .map(file => relative(root, file).replaceAll('\\', '/'));
}

function printTable({ total, ...files }) {
  const missed = ({ lines, branches }) => lines.total - lines.covered + branches.total - branches.covered;
  const worst = Object.entries(files)
    .filter(([, each]) => missed(each) > 0)
    .sort(([, a], [, b]) => missed(b) - missed(a))
    .slice(0, 10);
  console.log('  lines  branches');
  for (const [file, { lines, branches }] of [[at('lib'), total], ...worst]) {
    console.log(`${percent(lines)}  ${percent(branches)}    ${relative(root, file)}`);
  }
  const below = Object.keys(bars).filter(name => total[name].pct < bars[name]);
  if (below.length > 0) fail(`Below the bar: ${below.map(name => `${name} want ${bars[name]} %`).join(', ')}.`);
}
