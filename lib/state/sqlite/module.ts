import { AdapterError } from '../../errors';
import type { SqlValue } from '../port';

/** The part of the `DatabaseSync` interface that we use; Node's built-in module and the optional package both have it. */
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

/** SQLite as built into Node (22.13 and later), otherwise from the optional package with the same interface.
 *  @throws STATE_UNAVAILABLE with the remedy when there is neither */
export function loadSqlite(): SqliteModule {
  loaded ??= builtIn() ?? optionalPackage();
  return loaded;
}

function builtIn(): SqliteModule | undefined {
  const get: unknown = Reflect.get(process, 'getBuiltinModule'); // absent before Node 20.16
  if (typeof get !== 'function') return undefined;
  // Node 22 prints an ExperimentalWarning when the module is loaded, which does not belong in the user's log.
  const emitWarning = process.emitWarning;
  const quiet = (...args: unknown[]) => {
    if (!/SQLite/.test(String(args[0]))) Reflect.apply(emitWarning, process, args);
  };
  process.emitWarning = quiet as typeof process.emitWarning;
  try {
    return asModule(Reflect.apply(get, process, ['node:sqlite']));
  } finally {
    process.emitWarning = emitWarning;
  }
}

function optionalPackage(): SqliteModule {
  try {
    const found = asModule(require('@photostructure/sqlite'));
    if (found) return found;
  } catch {
    // Not installed, or no binary for this machine: the remedy is the same.
  }
  throw AdapterError.advising(
    'STATE_UNAVAILABLE',
    `No SQLite for Node ${process.versions.node}: update Node to 22.13 or later, or run ` +
      '"npm install @photostructure/sqlite@1.2.1" in the Node-RED user directory.',
  );
}

function asModule(value: unknown): SqliteModule | undefined {
  return value !== null && typeof value === 'object' && 'DatabaseSync' in value ? (value as SqliteModule) : undefined;
}
