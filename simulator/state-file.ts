import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

interface Kept<State> {
  /** Names the shape; a file of another shape is refused. */
  format: string;
  /** The file that follows every change, if any. */
  file: string | undefined;
  state: () => State;
  use: (state: State) => void;
  /** Counts the changes, so that an unchanged state is not written again. */
  changes: () => number;
}

export interface StateStore {
  save(file: string): void;
  /** Throws when the file does not exist or is not of this format. */
  load(file: string): void;
  /** Writes the own file if something has changed. */
  keep(): void;
}

/** Saving and loading. The own file is loaded at once when it exists, and written at once to show early that it cannot. */
export function stateStore<State extends { format: string }>(kept: Kept<State>): StateStore {
  let keptChange = -1;
  const keep = () => {
    if (kept.file === undefined || kept.changes() === keptChange) return;
    writeState(kept.file, kept.state());
    keptChange = kept.changes();
  };
  const known = kept.file === undefined ? null : readState<State>(kept.file, kept.format);
  if (known) kept.use(known);
  keep();
  return {
    save: file => writeState(file, kept.state()),
    load: file => {
      const state = readState<State>(file, kept.format);
      if (!state) throw new Error(`There is no file ${file}.`);
      kept.use(state);
      keptChange = -1;
      keep();
    },
    keep,
  };
}

/** Writes beside the file and renames, so that a reader never meets half of it. */
function writeState(file: string, state: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.${process.pid}.tmp`;
  writeFileSync(next, `${JSON.stringify(state, null, 1)}\n`, { mode: 0o600 });
  renameSync(next, file);
}

/** The saved state, `null` when the file does not exist. */
function readState<State extends { format: string }>(file: string, format: string): State | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const state = parsed<State>(text);
  if (state?.format !== format) throw new Error(`${file} is not a state file of this simulator (${format}).`);
  return state;
}

function parsed<State>(text: string): State | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
