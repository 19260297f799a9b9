/** Child processes with their output by lines; none outlives the test run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import './environment';
import { repository } from './repository';

const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

const guard = join(repository, 'scripts', 'lib', 'end-with-parent.cjs');

export interface Child {
  /** Every line of both outputs so far. */
  lines: string[];
  readonly ended: boolean;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts `node script ...args`; lines also go to `logFile`. */
export function startChild(
  node: string,
  args: string[],
  options: { cwd: string; env: Record<string, string>; logFile: string; lines?: string[] },
): Child {
  const child = spawn(node, ['--require', guard, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  living.add(child);
  const lines = options.lines ?? [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', line => {
      lines.push(line);
      appendFileSync(options.logFile, `${line}\n`);
    });
  }
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  child.once('exit', () => living.delete(child));
  return {
    lines,
    get ended() {
      return hasEnded();
    },
    async end(signal) {
      if (hasEnded()) return;
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    },
  };
}
