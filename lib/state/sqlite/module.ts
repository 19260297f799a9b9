import { AdapterError } from '../../errors';
import type { SqlValue } from '../port';
import { loadPacked } from './packed';

/** The part of the `DatabaseSync` interface that is used; Node's built-in module and `@photostructure/sqlite`
 *  share it. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  all(params: Record<string, SqlValue>): unknown[];
  run(params: Record<string, SqlValue>): { changes: number | bigint };
}

interface SqliteModule {
  DatabaseSync: new (file: string, options?: { timeout?: number; readOnly?: boolean }) => SqliteDatabase;
}

let loaded: SqliteModule | undefined;

/** SQLite as built into Node (22.13 and later), else the binary that this package brings along, else the package which that
 *  binary is from.
 *  @throws STATE_UNAVAILABLE when none of them is there, with the remedy. */
export function loadSqlite(): SqliteModule {
  loaded ??= builtIn() ?? working(loadPacked) ?? working(() => require('@photostructure/sqlite')) ?? missing();
  return loaded;
}

function builtIn(): SqliteModule | undefined {
  // Node 22 writes an ExperimentalWarning when the module is loaded; the user's log is no place for it.
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

/** undefined when it is not installed, or no binary runs on this machine: both have the same remedy. */
function working(load: () => unknown): SqliteModule | undefined {
  try {
    return asModule(load());
  } catch {
    return undefined;
  }
}

function missing(): never {
  const { platform, arch, versions } = process;
  throw AdapterError.advising(
    'STATE_UNAVAILABLE',
    `No SQLite for Node ${versions.node} on ${platform}-${arch}: update Node to 22.13 or later, or run ` +
      '"npm install @photostructure/sqlite@1.2.1" in the Node-RED user directory.',
  );
}

function asModule(value: unknown): SqliteModule | undefined {
  return value !== null && typeof value === 'object' && 'DatabaseSync' in value ? (value as SqliteModule) : undefined;
}
