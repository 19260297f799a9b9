import type { NodeAPI } from 'node-red';

/** A fact, or how to find it each time an editor is opened. */
export type Facts = Readonly<Record<string, unknown | ((RED: NodeAPI) => unknown)>>;

/** What a dialog may know from the runtime, as Node-RED takes it: `RED.settings.<name>` in the editor. */
export const factSettings = (RED: NodeAPI, facts: Facts = {}) =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, settingOf(RED, fact)]));

/** Node-RED reads `value` when an editor asks for the settings. */
const settingOf = (RED: NodeAPI, fact: unknown) => ({
  get value(): unknown {
    return typeof fact === 'function' ? fact(RED) : fact;
  },
  exportable: true,
});
