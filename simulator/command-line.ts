import { readFileSync } from 'node:fs';
import type { OfferDelayRule } from './billing/options';
import type { SimulatorTls } from './listen';

/** A mistake of the person at the keyboard: one line, and exit code 2. */
export class UsageError extends Error {}

export function whole(options: Record<string, unknown>, name: string): number | undefined {
  const text = options[name];
  if (typeof text !== 'string') return undefined;
  if (!/^\d{1,12}$/.test(text)) throw new UsageError(`--${name} must be a whole number, not "${text}".`);
  return Number(text);
}

export function port(options: Record<string, unknown>, name: string): number | undefined {
  const value = whole(options, name);
  if (value !== undefined && value > 65535) throw new UsageError(`--${name} must be a port (0 to 65535).`);
  return value;
}

/** `<regex>=<ms|never>`, split at the last `=`. */
export function delayRule(text: string): OfferDelayRule {
  const at = text.lastIndexOf('=');
  const pattern = text.slice(0, at);
  if (at < 1) throw new UsageError(`--offer-delay must be <regex>=<ms|never>, not "${text}".`);
  return { pattern: regExp(pattern), delayMs: delay(text.slice(at + 1)) };
}

export function delay(text: string): number | 'never' {
  if (text === 'never') return 'never';
  if (!/^\d{1,12}$/.test(text)) throw new UsageError(`A delay must be milliseconds or never, not "${text}".`);
  return Number(text);
}

function regExp(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch {
    throw new UsageError(`"${source}" is not a regular expression.`);
  }
}

/** A part of the whole, 0 to 1. */
export function share(options: Record<string, unknown>, name: string): number | undefined {
  const text = options[name];
  if (typeof text !== 'string') return undefined;
  if (!/^(0(\.\d{1,9})?|1)$/.test(text)) throw new UsageError(`--${name} must be a number from 0 to 1, not "${text}".`);
  return Number(text);
}

/** Both files or none. */
export function tlsFiles(key: string | undefined, cert: string | undefined): SimulatorTls | undefined {
  if (key === undefined && cert === undefined) return undefined;
  if (key === undefined || cert === undefined) throw new UsageError('--tls-key and --tls-cert go together.');
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** Fields that were given; the others are left out, so that defaults apply. */
export function given<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const kept: { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) Object.assign(kept, { [name]: value });
  }
  return kept;
}

/** Lines for a shell to read. */
export function exportLines(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join('');
}

function quoted(value: string): string {
  return /^[\w./:@%+-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** Runs a command-line simulator until a signal comes; a second start on the same port gets one clear line. */
export async function runSimulator(start: () => Promise<{ close(): Promise<void> } | null>): Promise<void> {
  const starting = start();
  // Before the addresses are printed: whoever reads them may end the simulator at once.
  const end = () => {
    starting
      .then(simulator => simulator?.close())
      .then(
        () => process.exit(0),
        error => fail(error),
      );
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  if (process.env.npm_command === 'exec') whenParentEnds(end);
  try {
    await starting;
  } catch (error) {
    fail(error);
  }
}

/** A signal to `npx` ends npx and its shell, and is not handed on. Without npx a parent may well end earlier (`nohup`). */
function whenParentEnds(end: () => void): void {
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    end();
  }, 250);
  look.unref();
}

function fail(error: unknown): void {
  process.stderr.write(`${reason(error)}\n`);
  // Ends also what a half-started simulator may have open.
  process.exit(error instanceof UsageError || isParseError(error) ? 2 : 1);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const busy = 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
  if (busy) return `Port ${String(error.port)} is in use by another program: end it, or choose a port (see --help).`;
  return isParseError(error) ? `${error.message.split('. ', 1)[0]}. See --help.` : error.message;
}

function isParseError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
