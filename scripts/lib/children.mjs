/** Child processes of the scripts. Commands are Node scripts run by this Node, so that no shell and no PATH matter. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { at, root } from './paths.mjs';

/** Runs to the end, on the terminal unless its output is watched; resolves with the exit code (1 when a signal ended it, or it
 *  printed nothing for `silentMs`). `mark` is put before each line of what may run beside something else; `lines` takes them
 *  instead of the terminal. */
export function runToEnd(command, args, { env = {}, silentMs, mark, lines } = {}) {
  const shell = process.platform === 'win32' && command === 'npm';
  const stdio = mark || silentMs ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const child = spawn(command, args, { cwd: root, stdio, env: { ...process.env, ...env }, shell });
  const silence = silentMs && setTimeout(() => stopSilent(child, silentMs), silentMs);
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', line => {
      silence?.refresh();
      if (lines) lines.push(line);
      else console.log(mark ? `${mark} ${line}` : line);
    });
  }
  // Ctrl-C reaches the child by itself; these do not, and it would go on alone.
  const pass = signal => child.kill(signal);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, pass);
  return new Promise(resolve => {
    child.once('error', error => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.once('close', code => {
      clearTimeout(silence);
      for (const signal of ['SIGTERM', 'SIGHUP']) process.off(signal, pass);
      resolve(code ?? 1);
    });
  });
}

function stopSilent(child, silentMs) {
  console.error(`Stopped after ${silentMs / 60_000} minutes in which it printed nothing`);
  child.kill('SIGKILL');
}

const module = (...parts) => at('node_modules', ...parts);

/** The tools of the dev dependencies, as scripts for this Node. */
export const tools = {
  biome: module('@biomejs', 'biome', 'bin', 'biome'),
  tsc: module('typescript', 'bin', 'tsc'),
  mocha: module('mocha', 'bin', 'mocha.js'),
  cspell: module('cspell', 'bin.mjs'),
  c8: module('c8', 'bin', 'c8.js'),
  knip: module('knip', 'bin', 'knip.js'),
};
