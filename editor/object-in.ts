import { isObject } from '../lib/errors';

/** The object that a field keeps as JSON text; what is none has no fields. */
export function objectIn(text: unknown): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(String(text || '{}'));
    return isObject(found) ? found : {};
  } catch {
    return {};
  }
}
