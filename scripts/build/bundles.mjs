/** What is bundled: the nodes, the editor's shared code, and the two simulators (so that they need no dependency of ours). */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, dist, filesBelow, nodeTypes, readJson, resources } from '../lib/paths.mjs';
import { fail } from '../lib/say.mjs';
import { languages } from './parts.mjs';

/** The shared editor code becomes one inline script, its layout one inline style: several `<script src>` would load in no
 *  fixed order. It is a plugin, and among the resources, because a node may have to load it by itself. */
export async function bundleEditor() {
  const { build, transform } = await import('esbuild');
  const bundle = await build({
    entryPoints: [at('editor', 'wap-billing.ts')],
    bundle: true,
    format: 'iife',
    target: 'es2020',
    write: false,
    logLevel: 'error',
  });
  const script = bundle.outputFiles[0].text;
  if (/<\/script/i.test(script))
    fail('Build: the editor bundle holds "</script", which would end its script block early');
  mkdirSync(resources, { recursive: true });
  const sheets = [
    at('editor', 'dialogs.css'),
    at('editor', 'meter', 'meter.css'),
    at('editor', 'desk', 'desk.css'),
    at('node_modules', 'uplot', 'dist', 'uPlot.min.css'),
  ];
  const layout = sheets.map(sheet => readFileSync(sheet, 'utf8')).join('\n');
  const { code: style } = await transform(layout, { loader: 'css', target: ['chrome105', 'firefox121', 'safari16'] });
  writeFileSync(
    join(resources, 'wap-billing.html'),
    `<style>\n${style}</style>\n<script type="text/javascript">\n${script}</script>\n`,
  );
  // Node-RED wants a tour as a module of its own; its texts and places are in the bundle.
  writeFileSync(join(resources, 'tour.js'), 'export default window.wapBilling.tour();\n');
  for (const lang of languages) writeCatalogue(lang);
}

/** Node-RED wants one file a language; here each subject has its own, so that two people can work on two. */
function writeCatalogue(lang) {
  const folder = at('editor', 'locales', lang);
  const texts = readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .map(file => readJson(join(folder, file)))
    .reduce(merged, {});
  mkdirSync(join(resources, 'locales', lang), { recursive: true });
  writeFileSync(join(resources, 'locales', lang, 'wap-billing.json'), `${JSON.stringify(texts, null, 2)}\n`);
}

/** Fails where two files say the same thing. */
function merged(all, more) {
  const result = { ...all };
  for (const [key, value] of Object.entries(more)) {
    const known = result[key];
    if (known === undefined) result[key] = value;
    else if (typeof known === 'object' && typeof value === 'object') result[key] = merged(known, value);
    else fail(`Build: two catalogues of the editor have the key ${key}`);
  }
  return result;
}

/** What stands before each node's form: installed into an open editor, a node may come before the plugin, and Node-RED 4.1.0
 *  does not bring the plugin at all. It is waited for, because the lines after it register the node. */
export async function loadShared() {
  const { transform } = await import('esbuild');
  const { name } = readJson(at('package.json'));
  const define = { PACKAGE: JSON.stringify(name) };
  const source = readFileSync(at('editor', 'load-shared.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts', target: 'es2020', minify: true, define });
  return `<script>${code.trim()}</script>\n`;
}

/** Express brings tables of East Asian encodings along, a third of each simulator. They are read by names of encodings alone,
 *  and the simulators take bodies as bytes. */
const withoutEncodings = {
  name: 'without tables of encodings',
  setup: build =>
    build.onLoad({ filter: /[\\/]iconv-lite[\\/]encodings[\\/]tables[\\/]/ }, () => ({
      contents: '[]',
      loader: 'json',
    })),
};

export async function bundleSimulators() {
  const { build } = await import('esbuild');
  for (const system of ['wap', 'billing']) {
    const entry = at('simulator', `${system}-simulator.ts`);
    if (!existsSync(entry)) continue;
    const outfile = at('dist', 'simulator', `${system}-simulator.js`);
    await build({
      ...{ entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node20', format: 'cjs' },
      ...{ minify: true, keepNames: true, plugins: [withoutEncodings] },
      ...{ legalComments: 'linked', logLevel: 'error' },
    });
    chmodSync(outfile, 0o755);
  }
}

const nodesBundle = 'wap-billing.js';

/** The entry points of the compiled code: the module of each, by the name under which the bundle has it. */
const entries = () => ({
  ...Object.fromEntries(nodeTypes().map(type => [type, `nodes/${type}/${type}.js`])),
  'wap-billing-state': 'lib/state/wap-billing-state.js',
});

/** What the compiler wrote becomes one file, `dist/wap-billing.js`, and each entry point a line that takes its part out of it:
 *  reading 580 files took Node-RED as long to start as half of its own nodes. A part runs when it is first asked for. */
export async function bundleNodes() {
  const { build } = await import('esbuild');
  const parts = Object.entries(entries());
  const contents = parts
    .map(([name, path]) => `Object.defineProperty(exports, '${name}', { get: () => require('./${path}') });`)
    .join('\n');
  const outfile = join(dist, nodesBundle);
  await build({
    stdin: { contents, resolveDir: dist },
    ...{ outfile, bundle: true, platform: 'node', target: 'node20', format: 'cjs' },
    ...{ packages: 'external', logLevel: 'error' },
  });
  const kept = new Set([outfile, join(dist, 'index.js')]);
  for (const file of filesBelow(dist)) if (file.endsWith('.js') && !kept.has(file)) rmSync(file);
  for (const type of nodeTypes())
    writeFileSync(
      join(dist, 'nodes', type, `${type}.js`),
      `module.exports = require('../../${nodesBundle}')['${type}'];\n`,
    );
  const command = join(dist, 'wap-billing-state.js');
  writeFileSync(command, `#!/usr/bin/env node\nrequire('./${nodesBundle}')['wap-billing-state'];\n`, { mode: 0o755 });
}
