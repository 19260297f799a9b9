import { isObject } from './json-body';

/** A pattern that came as JSON, `{ source, flags }`; null when it is none. */
export function patternFrom(value: unknown): RegExp | null {
  if (!isObject(value) || typeof value.source !== 'string' || typeof value.flags !== 'string') return null;
  try {
    return new RegExp(value.source, value.flags);
  } catch {
    return null;
  }
}
