import { AdapterError } from '../../errors';
import type { SqlValue } from '../port';
import { loadPacked } from './packed';

/** The part of the `DatabaseSync` interface that we use; Node's built-in module and the bundled binary both have it. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

/** A prepared statement. Its values are named, without the colon. */
export interface SqliteStatement {
  all(params: Record<string, SqlValue>): unknown[];
  run(params: Record<string, SqlValue>): { changes: number | bigint };
}

/** What each of the modules exports. */
interface SqliteModule {
  DatabaseSync: new (file: string, options?: { timeout?: number; readOnly?: boolean }) => SqliteDatabase;
}

let loaded: SqliteModule | undefined;

/** SQLite as built into Node (22.13 and later), otherwise the binary bundled with this package, otherwise the package that
 *  binary was taken from.
 *  @throws STATE_UNAVAILABLE with the remedy when there is none */
export function loadSqlite(): SqliteModule {
  loaded ??= builtIn() ?? working(loadPacked) ?? working(() => require('@photostructure/sqlite')) ?? missing();
  return loaded;
}

/** Node's own SQLite; undefined where Node has none. */
function builtIn(): SqliteModule | undefined {
  // Node 22 prints an ExperimentalWarning when the module is loaded, which does not belong in the user's log.
  const emitWarning = process.emitWarning;
  const quiet = (...args: unknown[]) => {
    if (!/SQLite/.test(String(args[0]))) Reflect.apply(emitWarning, process, args);
  };
  process.emitWarning = quiet as typeof process.emitWarning;
  try {
    return asModule(process.getBuiltinModule('node:sqlite'));
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** The module, or undefined when it cannot be loaded: then the next one is tried. */
function working(load: () => unknown): SqliteModule | undefined {
  try {
    return asModule(load());
  } catch {
    return undefined; // not installed, or no binary for this machine: the remedy is the same
  }
}

/** @throws STATE_UNAVAILABLE, always */
function missing(): never {
  const { platform, arch, versions } = process;
  throw AdapterError.advising(
    'STATE_UNAVAILABLE',
    `No SQLite for Node ${versions.node} on ${platform}-${arch}: update Node to 22.13 or later, or run ` +
      '"npm install @photostructure/sqlite@1.2.1" in the Node-RED user directory.',
  );
}

/** Something without `DatabaseSync` is an older interface, such as the one of a package that merely has the name. */
function asModule(value: unknown): SqliteModule | undefined {
  return value !== null && typeof value === 'object' && 'DatabaseSync' in value ? (value as SqliteModule) : undefined;
}
