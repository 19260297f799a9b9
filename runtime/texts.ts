import type { NodeAPI } from 'node-red';

/** Where the texts of the runtime live: the catalogue of the package's plugin, loaded before any node. */
const namespace = '@wap-billing/node-red-wap-billing/wap-billing';

/** A text of the catalogue in the server's language. */
export function say(RED: NodeAPI, key: string, values: Record<string, string | number> = {}): string {
  return RED._(`${namespace}:${key}`, values);
}
