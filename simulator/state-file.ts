import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Writes beside the file and renames, so that a reader never meets half of it. */
export function writeState(file: string, state: unknown): void {
  const next = `${file}.${process.pid}.tmp`;
  writeFileSync(next, `${JSON.stringify(state, null, 1)}\n`);
  renameSync(next, file);
}

/** The saved state, `null` when the file does not exist. Throws when it cannot be read as the named format. */
export function readState<State extends { format: string }>(file: string, format: State['format']): State | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const state: State = JSON.parse(text);
  if (state?.format !== format) throw new Error(`${file} is not a state file of this simulator (${format}).`);
  return state;
}
