import { AdapterError } from '../../lib/errors';

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** The values that `${NAME}` brings into a text; defaults are written in the flow and so no secret. */
export function valuesFromEnv(text: string, lookUp: (name: string) => string | undefined): string[] {
  const names = [...text.matchAll(reference)].map(([, name = '']) => name);
  return [...new Set(names)].map(lookUp).filter((value): value is string => value !== undefined && value !== '');
}

/** Replaces `${NAME}` and `${NAME:-default}` anywhere in a text; an empty variable counts as not set.
 *  Node-RED itself only replaces a whole value `${NAME}`, and knows no default.
 *  @throws INPUT_MISSING when a variable without default is not set. */
export function expandEnv(text: string, field: string, lookUp: (name: string) => string | undefined): string {
  return text.replace(reference, (_all, name: string, fallback: string | undefined) => {
    const value = lookUp(name) || fallback;
    if (value === undefined) {
      throw AdapterError.advising(
        'INPUT_MISSING',
        `${field}: the environment variable ${name} is not set. Set it for Node-RED, or type a value in the dialog.`,
        { subject: field },
      );
    }
    return value;
  });
}
