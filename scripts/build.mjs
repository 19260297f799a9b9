/** Builds dist/. `--if-stale` does nothing when dist is newer than every source; `--register` rewrites node-red keys of package.json. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { bundleEditor, bundleNodes, bundleSimulators, loadShared } from './build/bundles.mjs';
import { checkParts, checkRegistration, iconOf, languages } from './build/parts.mjs';
import { register } from './build/register.mjs';
import { formHtml } from './build/rows.mjs';
import { packSqlite } from './build/sqlite.mjs';
import { catalogueOf } from './build/texts.mjs';
import { keepPublicTypes } from './build/types.mjs';
import { beginBuild, buildIsStale } from './lib/freshness.mjs';
import { at, dist, nodeTypes, resources, root } from './lib/paths.mjs';
import { fail, run } from './lib/say.mjs';

await run(async () => {
  if (process.argv.includes('--register')) register();
  if (process.argv.includes('--if-stale') && !buildIsStale()) return;
  const finished = beginBuild();
  checkParts();
  checkRegistration();
  for (const made of [dist, resources]) rmSync(made, { recursive: true, force: true });
  compile();
  keepPublicTypes();
  await bundleNodes();
  const before = await loadShared();
  for (const type of nodeTypes()) copyEditorParts(type, before);
  await bundleEditor();
  await bundleSimulators();
  await packSqlite();
  finished();
});

/** A type error fails the build; tsc has already printed where. */
function compile() {
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) fail('Build: the compiler found errors (above)');
}

function copyEditorParts(type, before) {
  const source = at('nodes', type);
  const target = at('dist', 'nodes', type);
  writeFileSync(`${target}/${type}.html`, before + formHtml(type));
  for (const lang of languages) {
    cpSync(`${source}/locales/${lang}`, `${target}/locales/${lang}`, { recursive: true });
    const texts = JSON.stringify(catalogueOf(type, lang), null, 2);
    writeFileSync(`${target}/locales/${lang}/${type}.json`, `${texts}\n`);
  }
  const icon = iconOf(type);
  if (!icon) return;
  mkdirSync(`${target}/icons`, { recursive: true }); // Node-RED looks for icons beside the node's file only
  cpSync(at('icons', icon), `${target}/icons/${icon}`);
}
