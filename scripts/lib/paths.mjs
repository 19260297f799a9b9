/** Where things lie in this repository, for every script. Paths are absolute. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const at = (...parts) => join(root, ...parts);
export const dist = at('dist');
/** What Node-RED serves to the editor as `resources/<package>/…`. */
export const resources = at('resources');
export const readJson = file => JSON.parse(readFileSync(file, 'utf8'));

/** Names of the folders directly in `dir`, sorted; none if `dir` does not exist. */
export function foldersIn(dir) {
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, { withFileTypes: true });
  return entries
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort();
}

/** Every file below `dir` (absolute, sorted), or `dir` itself when it is a file; none if it does not exist. */
export function filesBelow(dir) {
  if (!existsSync(dir)) return [];
  if (statSync(dir).isFile()) return [dir];
  return readdirSync(dir, { withFileTypes: true })
    .flatMap(entry => (entry.name === 'node_modules' ? [] : filesBelow(join(dir, entry.name))))
    .sort();
}

/** Palette node types: one folder in `nodes/` is one node. */
export const nodeTypes = () => foldersIn(at('nodes'));
