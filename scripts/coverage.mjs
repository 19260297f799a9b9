/** `npm run coverage`: how much of `lib/` the unit tests run through, file by file. Fails below the bars. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { runToEnd, tools } from './lib/children.mjs';
import { installWhenNeeded } from './lib/install.mjs';
import { at, filesBelow, root } from './lib/paths.mjs';
import { run } from './lib/say.mjs';

const bars = ['--check-coverage', '--lines', '95', '--branches', '90', '--functions', '0', '--statements', '95'];
const silentMs = 20 * 60_000;

await run(async () => {
  await installWhenNeeded();
  const typesAlone = (await filesWithTypesAlone()).flatMap(file => ['--exclude', file]);
  const c8 = [
    ...['--all', '--src', 'lib', '--include', 'lib/**/*.ts', '--extension', '.ts', ...typesAlone],
    ...['--reporter', 'text', '--reporter', 'text-summary', '--reporter', 'json'],
    ...['--reports-dir', at('.tmp', 'coverage'), '--temp-directory', at('.tmp', 'coverage', 'raw')],
  ];
  // One after another: mocha ends its parallel workers before they have written what they ran through.
  const tests = [tools.mocha, '--reporter', 'dot', 'test/unit/**/*.test.ts'];
  const command = [at('node_modules', 'c8', 'bin', 'c8.js'), ...c8, ...bars, process.execPath, ...tests];
  process.exitCode = await runToEnd(process.execPath, command, { silentMs });
});

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
