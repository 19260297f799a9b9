/** What a dialog may know from the runtime, as Node-RED takes it: `RED.settings.<name>` in the editor. */
export const factSettings = (facts: Record<string, unknown> = {}) =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, { value, exportable: true }]));
