import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const guard = join(__dirname, '..', 'scripts', 'lib', 'end-with-parent.cjs');

/** A server in a process of its own, so that its work is not measured. */
class Server {
  readonly #child: ChildProcess;
  readonly #waiting: Array<{ pattern: RegExp; resolve(line: string): void; reject(error: Error): void }> = [];

  constructor(script: string, args: string[]) {
    this.#child = spawn(process.execPath, ['-r', guard, '-r', 'tsx/cjs', script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const { stdout } = this.#child;
    if (!stdout) throw new Error('no output');
    createInterface({ input: stdout }).on('line', line => {
      for (const one of this.#waiting.filter(({ pattern }) => pattern.test(line))) {
        this.#waiting.splice(this.#waiting.indexOf(one), 1);
        one.resolve(line);
      }
    });
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting) reject(new Error(`${script} ended`));
    });
  }

  /** The next line that fits. */
  said(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.push({ pattern, resolve, reject }));
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill();
    await exit;
  }
}

export interface UsageServer {
  url: string;
  /** Resolves when somebody asks for `/done`. */
  done(): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startUsageServer(records: number): Promise<UsageServer> {
  const server = new Server(join(__dirname, 'usage-server.ts'), [String(records)]);
  const port = await server.said(/^\d+$/);
  return { url: `http://127.0.0.1:${port}`, done: () => server.said(/^done/), stop: () => server.stop() };
}

export interface BillingServer {
  url: string;
  token: string;
  /** Records that billing has accepted. */
  accepted(): Promise<number>;
  stop(): Promise<void>;
}

/** The billing simulator; it keeps ids and sums only, which costs it the least. */
export async function startBillingServer(): Promise<BillingServer> {
  const token = 'bench';
  const script = join(__dirname, '..', 'simulator', 'billing-simulator.ts');
  const server = new Server(script, ['--port', '0', '--token', token, '--ledger', 'digest', '--quiet']);
  const line = await server.said(/BILLING_URL=/);
  const url = line.replace(/^.*BILLING_URL=/, '').replaceAll("'", '');
  const accepted = async () => {
    const answer = await fetch(`${url}/usage/totals`, { headers: { authorization: `Bearer ${token}` } });
    const { totals } = (await answer.json()) as { totals: Array<{ count: number }> };
    return totals.reduce((sum, { count }) => sum + count, 0);
  };
  return { url, token, accepted, stop: () => server.stop() };
}
