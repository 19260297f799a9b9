/** What belongs to a node, and whether it is all there. */
import { existsSync, readFileSync } from 'node:fs';
import { at, nodeTypes, readJson } from '../lib/paths.mjs';
import { fail } from '../lib/say.mjs';

export const languages = ['en-US', 'es-ES'];

/** The icon file that a node's html names, or null (config nodes have none; `font-awesome/…` comes with Node-RED). */
export function iconOf(type) {
  const html = readFileSync(at('nodes', type, `${type}.html`), 'utf8');
  const named = /\bicon:\s*(['"])([^'"]+)\1/.exec(html)?.[2];
  return named && !named.startsWith('font-awesome/') ? named : null;
}

function partsOf(type) {
  const texts = languages.flatMap(lang => ['json', 'html'].map(ext => `locales/${lang}/${type}.${ext}`));
  return [`${type}.ts`, `${type}.html`, ...texts].map(part => `nodes/${type}/${part}`);
}

/** Fails with one line that names every missing part. */
export function checkParts() {
  const missing = nodeTypes().flatMap(type => partsOf(type).filter(part => !existsSync(at(part))));
  if (missing.length > 0) fail(`Build: these parts of nodes are missing: ${missing.join(', ')}`);
  for (const type of nodeTypes()) {
    const icon = iconOf(type);
    if (icon && !existsSync(at('icons', icon)))
      fail(`Build: nodes/${type}/${type}.html names icon ${icon}, which is not in icons/`);
  }
}

/** What `node-red` in package.json has to say: one key a node, so that each can be disabled alone. */
export function wantedRegistration() {
  const nodes = Object.fromEntries(nodeTypes().map(type => [type, `dist/nodes/${type}/${type}.js`]));
  return { nodes, plugins: { 'wap-billing': 'resources/wap-billing.html' } };
}

/** Fails when package.json registers anything else than what the folders hold. */
export function checkRegistration() {
  const wanted = wantedRegistration();
  const given = readJson(at('package.json'))['node-red'];
  for (const section of ['nodes', 'plugins']) {
    const differing = differences(wanted[section], given[section] ?? {});
    if (differing.length > 0)
      fail(
        `Build: package.json node-red.${section} differs from the folders at ${differing.join(', ')}; run: node scripts/build.mjs --register`,
      );
  }
}

function differences(wanted, given) {
  const keys = new Set([...Object.keys(wanted), ...Object.keys(given)]);
  return [...keys].filter(key => wanted[key] !== given[key]);
}
