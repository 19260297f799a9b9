/** The demo's processes: started together, ended together. */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../lib/paths.mjs';
import { fail } from '../lib/say.mjs';

const graceMs = 3500; // all of it has to fit into the five seconds that a person waits after Ctrl-C
const guard = at('scripts', 'lib', 'end-with-parent.cjs');

export class Servers {
  #children = new Map();
  #stopping = new Set();
  #ending = null;
  #home;
  #onCrash;

  /** `onCrash(name, lastLines)` is called when one ends by itself. */
  constructor(home, onCrash) {
    this.#home = home;
    this.#onCrash = onCrash;
    mkdirSync(join(home, 'logs'), { recursive: true });
  }

  /** Starts `node ...args`; its output goes to `logs/<name>.log`, and to the terminal with `echo`. Files that flows write land in
   *  the demo's folder. */
  start(name, args, env, echo = false) {
    const log = join(this.#home, 'logs', `${name}.log`);
    const out = createWriteStream(log, { mode: 0o600 });
    const child = spawn(process.execPath, ['--require', guard, ...args], {
      cwd: this.#home,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => out.write(chunk));
      if (echo) stream.pipe(process.stdout, { end: false });
    }
    child.once('exit', () => {
      this.#children.delete(name);
      const isWanted = this.#ending !== null || this.#stopping.delete(child);
      if (!isWanted) out.end(() => this.#onCrash(name, lastLines(log)));
    });
    this.#children.set(name, child);
  }

  has(name) {
    return this.#children.has(name);
  }

  /** Ends this one, if it runs, by force after a grace. */
  async stop(name) {
    const child = this.#children.get(name);
    if (!child) return;
    this.#stopping.add(child);
    await endChild(child);
  }

  /** Ends what still runs, by force after a grace. */
  end() {
    this.#ending ??= Promise.all([...this.#children.values()].map(endChild));
    return this.#ending;
  }
}

function endChild(child) {
  return new Promise(resolve => {
    const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

const lastLines = file => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n');

const startLimitMs = 180_000; // machines that are busy with other things take long

/** Resolves when the address answers; fails with one line when it does not, at once when `isThere` says that nobody will. */
export async function answers(name, url, isThere, limitMs = startLimitMs) {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    if (!isThere()) fail(`${name} ended before it answered; its log says why`);
    const response = await fetch(url).catch(() => null);
    await response?.body?.cancel();
    if (response) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  fail(`${name} did not answer at ${url} within ${limitMs / 60_000} minutes; its log says why`);
}
