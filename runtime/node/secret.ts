import type { Node, NodeAPI, NodeCredential } from 'node-red';
import { AdapterError } from '../../lib/errors';
import { envOf, type Saved } from './evaluate';

/** Secrets as Node-RED stores them: passwords, which the editor never gets back. */
export function passwords(names: readonly string[]): Record<string, NodeCredential> {
  return Object.fromEntries(names.map(name => [name, { type: 'password' as const }]));
}

/** A secret from the environment variable that `<name>Env` names, else from the stored credentials; `undefined` when
 *  neither is given. @throws INPUT_MISSING when the variable named is not set */
export function secretOf(RED: NodeAPI, node: Node, saved: Saved, secrets: Saved, name: string): string | undefined {
  const variable = saved[`${name}Env`];
  if (typeof variable === 'string' && variable !== '') {
    const value = envOf(RED, node, variable);
    if (value !== undefined) return value;
    throw AdapterError.advising(
      'INPUT_MISSING',
      `${name}: the environment variable ${variable} is not set. Set it for Node-RED, or store the value in the dialog.`,
      { subject: name },
    );
  }
  const stored = secrets[name];
  return typeof stored === 'string' && stored !== '' ? stored : undefined;
}
