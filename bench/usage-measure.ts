import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** What one way to read the records took. */
export interface Measured {
  perSecond: number;
  /** Of this process, its threads included; null where the work was done in another. */
  cpuMicroseconds: number | null;
  /** The event loop's longest stop, and the one that 99 of 100 keep below, ms. */
  longestStop: number | null;
  usualStop: number | null;
}

export async function measure(records: number, work: () => Promise<void>): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await work();
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  return {
    perSecond: records / seconds,
    cpuMicroseconds: (user + system) / records,
    longestStop: delay.max / 1e6,
    usualStop: delay.percentile(99) / 1e6,
  };
}

/** The run with the median rate. */
export function median(runs: Measured[]): Measured {
  const sorted = [...runs].sort((a, b) => a.perSecond - b.perSecond);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Error('no run');
  return middle;
}

export interface UsageServer {
  url: string;
  /** Resolves when somebody asks for `/done`. */
  done(): Promise<void>;
  stop(): void;
}

/** The server in a process of its own, so that its work is not measured. */
export async function startUsageServer(records: number): Promise<UsageServer> {
  const file = join(__dirname, 'usage-server.ts');
  const child = spawn(process.execPath, ['-r', 'tsx/cjs', file, String(records)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = (pattern: RegExp) =>
    new Promise<string>(resolve => {
      const listen = (text: Buffer) => {
        const found = pattern.exec(String(text))?.[0];
        if (found === undefined) return;
        child.stdout.off('data', listen);
        resolve(found);
      };
      child.stdout.on('data', listen);
    });
  const port = await said(/^\d+/);
  return {
    url: `http://127.0.0.1:${port}`,
    done: async () => {
      await said(/done/);
    },
    stop: () => child.kill(),
  };
}
