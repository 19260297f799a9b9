import { readFromEnv } from './from-environment';

/** What a saved value is when no environment variable says otherwise. */
const written = (value: unknown): string => readFromEnv(value)?.otherwise ?? String(value ?? '');

/** Host and port of a saved address, for the name of a connection; empty when only the environment knows it. */
export function hostOf(address: unknown): string {
  const text = written(address);
  return /^https?:\/\/[^$]+$/i.test(text) && URL.canParse(text) ? new URL(text).host : '';
}

/** The last part of a saved path, for the name of a store; empty when only the environment knows it. */
export const fileOf = (path: unknown): string => written(path).split(/[\\/]/).at(-1) ?? '';
