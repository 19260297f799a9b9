/** What a script needs before it can begin, made when it is not there. */
import { runToEnd } from './children.mjs';
import { buildIsStale, installIsStale } from './freshness.mjs';
import { at } from './paths.mjs';
import { fail } from './say.mjs';

/** Installs what the lockfile says when it is not there. */
export async function installWhenNeeded() {
  if (!installIsStale()) return false;
  console.log('Installing the development dependencies (once) …');
  if ((await runToEnd('npm', ['ci', '--prefer-offline'])) !== 0) fail('npm ci failed (above)');
  return true;
}

/** Builds when dist/ is older than its sources. */
export async function buildWhenNeeded() {
  if (!buildIsStale()) return;
  console.log('Building …');
  if ((await runToEnd(process.execPath, [at('scripts', 'build.mjs')])) !== 0) fail('The build failed (above)');
}
