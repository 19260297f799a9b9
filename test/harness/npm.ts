/** npm as this machine has it, for a folder that is not this repository's. */
import { execFileSync } from 'node:child_process';
import { machine } from './environment';

/** Runs to the end; answers what was printed. @throws with the exit code and npm's own words */
export function npm(args: string[], cwd: string): string {
  return execFileSync('npm', args, {
    cwd,
    env: withoutNpmScript(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
}

/** `npm test` tells its children which package it runs for, and `npm -s test` to be silent; the npm started here works for another
 *  folder, and its words are read. */
export function withoutNpmScript(): NodeJS.ProcessEnv {
  const foreign = /^npm_(package_|lifecycle_|config_local_prefix|config_loglevel|command)/;
  return Object.fromEntries(Object.entries(machine).filter(([name]) => !foreign.test(name)));
}
