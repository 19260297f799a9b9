/** Whether what was made is older than what it is made from. */
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, dist, readJson, resources } from './paths.mjs';

/** What a build is made from. */
export const sources = [
  ...['index.ts', 'nodes', 'runtime', 'lib', 'simulator', 'editor', 'icons', 'package.json'],
  ...['scripts/build.mjs', 'scripts/build', 'tsconfig.json', 'tsconfig.build.json'],
];
const buildStamp = at('.tmp', 'build-stamp');

/** Newest change below `path` in ms; folders count too, so that a deleted file is noticed. 0 if there is nothing. */
function newestChange(path) {
  if (!existsSync(path)) return 0;
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map(name => newestChange(join(path, name))));
}

/** dist is missing, or some source changed after the last complete build began. */
export function buildIsStale() {
  if (![dist, resources, buildStamp].every(made => existsSync(made))) return true;
  const built = statSync(buildStamp).mtimeMs;
  return sources.some(source => newestChange(at(source)) > built);
}

/** Call before a build, and the returned function once it succeeded: a change made meanwhile is not lost. */
export function beginBuild() {
  const began = new Date();
  return () => {
    mkdirSync(dirname(buildStamp), { recursive: true });
    writeFileSync(buildStamp, '');
    utimesSync(buildStamp, began, began);
  };
}

/** node_modules is missing, or holds other versions than the lockfile asks for. Packages of other platforms may be absent. */
export function installIsStale() {
  const installedFile = at('node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return true;
  const installed = readJson(installedFile).packages;
  const wanted = Object.entries(readJson(at('package-lock.json')).packages);
  return wanted.some(([path, { version, optional, link }]) => {
    if (path === '' || link) return false;
    const present = installed[path];
    return present ? present.version !== version : !optional;
  });
}
