/** What a build has to do with what runs: which of the demo's processes take something that is no longer as it was. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { dist, filesBelow, resources, root } from '../lib/paths.mjs';

/** Who takes a built file, by its path. The editor is no process: Node-RED keeps dialogs, help and texts since its start, and the
 *  page since it was opened. */
function takerOf(path) {
  if (path.startsWith('dist/simulator/wap-simulator.js')) return 'wap';
  if (path.startsWith('dist/simulator/billing-simulator.js')) return 'billing';
  if (/^dist\/.*\.js$/.test(path)) return 'node-red';
  if (/^(resources|dist\/nodes)\/.*\.(html|json|js|svg)$/.test(path)) return 'editor';
  return null;
}

/** A digest of all that each taker takes. `files`: `{ path, content }`. */
export function printsOf(files) {
  const hashes = new Map();
  for (const { path, content } of files) {
    const taker = takerOf(path);
    if (!taker) continue;
    if (!hashes.has(taker)) hashes.set(taker, createHash('sha256'));
    hashes.get(taker).update(`${path}\n`).update(content);
  }
  return Object.fromEntries([...hashes].map(([taker, hash]) => [taker, hash.digest('hex')]));
}

/** Which processes start again, and whether the editor's page has to be loaded again. */
export function actionsOf(before, after) {
  const changed = taker => before[taker] !== after[taker];
  const isRestarted = { wap: changed('wap'), billing: changed('billing'), 'node-red': changed('node-red') };
  if (changed('editor')) isRestarted['node-red'] = true;
  return { restart: Object.keys(isRestarted).filter(name => isRestarted[name]), reload: changed('editor') };
}

/** Of dist/ and resources/ as they are now. */
export function builtPrints() {
  const files = [dist, resources].flatMap(filesBelow);
  return printsOf(
    files.map(file => ({ path: relative(root, file).replaceAll('\\', '/'), content: readFileSync(file) })),
  );
}
