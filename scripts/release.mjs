/** `npm run release -- 0.2.0`: raises the version, dates the changelog, packs, and checks the tarball as its users install it. What comes
 *  after that is for a person: the commands are printed. When a step fails, everything is as it was. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dated, isLater } from './lib/changelog.mjs';
import { runToEnd, tools } from './lib/children.mjs';
import { at, readJson, root } from './lib/paths.mjs';
import { fail, run } from './lib/say.mjs';

const changed = ['package.json', 'package-lock.json', 'CHANGELOG.md'];
const tarballs = at('.tmp', 'release');

await run(async () => {
  const [version = ''] = process.argv.slice(2);
  const { name, version: current } = readJson(at('package.json'));
  if (!/^\d+\.\d+\.\d+$/.test(version)) fail('Say which version, like: npm run release -- 0.2.0');
  if (!isLater(version, current)) fail(`${version} does not come after ${current}, which package.json has`);
  if (git('status', '--porcelain') !== '') fail('There are changes that are not committed: a release is of a commit');

  const before = changed.map(file => [at(file), readFileSync(at(file), 'utf8')]);
  try {
    const today = new Date().toISOString().slice(0, 10);
    writeFileSync(at('CHANGELOG.md'), dated(readFileSync(at('CHANGELOG.md'), 'utf8'), version, today));
    await step('npm', 'version', version, '--no-git-tag-version');
    await step(process.execPath, tools.mocha, 'test/contract/package.test.ts', 'test/contract/machine.test.ts');
    mkdirSync(tarballs, { recursive: true });
    await step('npm', 'pack', '--pack-destination', tarballs);
  } catch (error) {
    for (const [file, text] of before) writeFileSync(file, text);
    throw error;
  }
  console.log(`
Packed and checked: ${tarballs}
Now, once \`npm test\` is green:

  git commit -am "${version}" && git tag v${version} && git push --follow-tags
  npm publish        (${name}, public, with provenance)`);
});

async function step(command, ...args) {
  const code = await runToEnd(command, args);
  if (code !== 0) fail(`${[command, ...args].join(' ')} ended with ${code}; everything is as it was`);
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}
