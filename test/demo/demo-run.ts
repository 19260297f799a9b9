/** `npm start` as a person runs it: in a terminal of its own, ended by Ctrl-C. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import '../harness/environment';
import { engine, repository } from '../harness/repository';
import { until } from '../harness/until';

export interface DemoRun {
  /** Everything printed so far. */
  readonly output: string;
  /** Addresses as printed, once all of it runs. */
  ready(): Promise<{ editor: string; wap: string }>;
  /** The exit code, once it has ended. */
  ended(): Promise<number | null>;
  /** As the terminal does: the signal goes to every process that was started. Resolves when none is left. */
  ctrlC(): Promise<void>;
}

const startLimitMs = 200_000; // longer than the script's own limit, so that its line is seen
const running = new Set<number>();
process.on('exit', () => {
  for (const group of running) signalTo(group, 'SIGKILL');
});

/** Starts the script with the newest Node-RED that the tests have. */
export function runDemo(args: string[], home: string, env: Record<string, string> = {}): DemoRun {
  const script = join(repository, 'scripts', 'start.mjs');
  const child = spawn(engine(5).node, [script, '--dir', home, ...args], {
    cwd: repository,
    detached: true, // a process group, as a terminal gives it
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const group = child.pid ?? 0;
  running.add(group);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      appendFileSync(join(home, 'demo.log'), chunk);
    });
  const exit = once(child, 'close');
  return {
    get output() {
      return output;
    },
    ready: () => ready(child, () => output),
    ended: async () => (await exit)[0],
    async ctrlC() {
      signalTo(group, 'SIGINT');
      await exit;
      await until('every process has ended', () => !signalTo(group, 0));
      running.delete(group);
    },
  };
}

async function ready(child: ChildProcess, output: () => string): Promise<{ editor: string; wap: string }> {
  const text = await until(
    'the demo says where it is',
    () => (child.exitCode !== null || output().includes('Press Ctrl-C') ? output() : null),
    startLimitMs,
  );
  const addressOf = (what: string) => new RegExp(`^ *${what} +(http\\S+)$`, 'm').exec(text)?.[1];
  const [editor, wap] = [addressOf('Editor'), addressOf('Simulated WAP')];
  if (!editor || !wap) throw new Error(`the demo did not start:\n${text}`);
  return { editor, wap };
}

/** False when no process of the group is there. */
function signalTo(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
