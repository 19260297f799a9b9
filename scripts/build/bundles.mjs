/** What is bundled: the editor's shared code, and the two simulators (so that they need no dependency of ours). */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { at } from '../lib/paths.mjs';
import { fail } from '../lib/say.mjs';

/** The shared editor code becomes one inline script, its layout one inline style: several `<script src>` would load in no
 *  fixed order. */
export async function bundleEditor() {
  const entry = at('editor', 'wap-billing.ts');
  if (!existsSync(entry)) return;
  const { build, transform } = await import('esbuild');
  const bundle = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    target: 'es2020',
    write: false,
    logLevel: 'error',
  });
  const script = bundle.outputFiles[0].text;
  if (/<\/script/i.test(script))
    fail('Build: the editor bundle holds "</script", which would end its script block early');
  mkdirSync(at('dist', 'editor'), { recursive: true });
  const layout = readFileSync(at('editor', 'dialogs.css'), 'utf8');
  const { code: style } = await transform(layout, { loader: 'css', target: ['chrome105', 'firefox121', 'safari16'] });
  writeFileSync(
    at('dist', 'editor', 'wap-billing.html'),
    `<style>\n${style}</style>\n<script type="text/javascript">\n${script}</script>\n`,
  );
  if (existsSync(at('editor', 'locales')))
    cpSync(at('editor', 'locales'), at('dist', 'editor', 'locales'), { recursive: true });
  await runtimeHalf(transform);
}

/** Compiled alone, not bundled: a bundled copy of runtime/ would be a second one beside that of the nodes. */
async function runtimeHalf(transform) {
  const { readFile } = await import('node:fs/promises');
  const entry = at('editor', 'plugin.ts');
  if (!existsSync(entry)) return;
  const { code } = await transform(await readFile(entry, 'utf8'), { loader: 'ts', format: 'cjs', target: 'node20' });
  writeFileSync(at('dist', 'editor', 'wap-billing.js'), code);
}

export async function bundleSimulators() {
  const { build } = await import('esbuild');
  for (const system of ['wap', 'billing']) {
    const entry = at('simulator', `${system}-simulator.ts`);
    if (!existsSync(entry)) continue;
    const outfile = at('dist', 'simulator', `${system}-simulator.js`);
    await build({
      ...{ entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node20', format: 'cjs' },
      ...{ legalComments: 'linked', logLevel: 'error' },
    });
    chmodSync(outfile, 0o755);
  }
}
