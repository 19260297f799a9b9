/** `npm run check`: what one wants to know before a commit, in a minute: lint, types, documents, spelling, dead code, and the unit and
 *  contract tests; `npm run check -- spelling` runs only the parts named. Everything runs, whatever fails; what failed is printed last.
 *  `npm test` proves the rest. */
import { askedFor } from './lib/asked.mjs';
import { runToEnd, tools } from './lib/children.mjs';
import { buildWhenNeeded, installWhenNeeded } from './lib/install.mjs';
import { quickChecks } from './lib/quick-checks.mjs';
import { run } from './lib/say.mjs';

const silentMs = 5 * 60_000;
/** Properties try a quarter of the cases that they try in `npm test`. */
const env = { WAP_BILLING_PROPERTY_SHARE: '0.25' };

const mocha = (folder, ...more) => ({
  name: folder,
  args: [tools.mocha, '--reporter', 'dot', ...more, `test/${folder}/**/*.test.ts`],
});

/** Each lane goes through its parts in turn, beside the other one. */
const lanes = [
  [mocha('unit', '--parallel', '--jobs', '2')],
  [...Object.entries(quickChecks).map(([name, args]) => ({ name, args })), mocha('contract')],
];

await run(async () => {
  const isAsked = askedFor(lanes.flat().map(({ name }) => [name]));
  await installWhenNeeded();
  await buildWhenNeeded();
  const results = (
    await Promise.all(lanes.map(parts => goThrough(parts.filter(({ name }) => isAsked([name])))))
  ).flat();
  const failed = results.filter(({ code }) => code !== 0);
  for (const { name, lines } of failed) console.log(`\n=== ${name}\n${lines.join('\n')}`);
  console.log(failed.length > 0 ? `\nFailed: ${failed.map(({ name }) => name).join(', ')}` : '\nAll well.');
  if (failed.length > 0) process.exitCode = 1;
});

async function goThrough(parts) {
  const results = [];
  for (const { name, args } of parts) {
    const lines = [];
    const began = Date.now();
    const code = await runToEnd(process.execPath, args, { env, silentMs, lines });
    const seconds = ((Date.now() - began) / 1000).toFixed(0).padStart(4);
    console.log(`${seconds} s  ${name}${code === 0 ? '' : ': failed'}`);
    results.push({ name, code, lines });
  }
  return results;
}
