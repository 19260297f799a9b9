import { runToEnd } from './children.mjs';
import { installIsStale } from './freshness.mjs';
import { fail } from './say.mjs';

/** Installs what the lockfile says when it is not there. */
export async function installWhenNeeded() {
  if (!installIsStale()) return false;
  console.log('Installing the development dependencies (once) …');
  if ((await runToEnd('npm', ['ci', '--prefer-offline'])) !== 0) fail('npm ci failed (above)');
  return true;
}
