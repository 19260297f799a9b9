import { type Dialog, noneChosen } from './form';
import type { Definition, EditorNode } from './red';

/** A node that is dropped takes the only connection there is. Called by the editor before the node is in the flow, so that
 *  undoing the drop undoes this with it; what is pasted or imported (`changed` is set there before) stays as it came. */
export function takeTheOnlyOnes(node: EditorNode, { defaults = {} }: Definition): void {
  if (node.changed) return;
  for (const [name, { type }] of Object.entries(defaults)) {
    if (type && ours(type) && node[name] === '') node[name] = onlyOne(type, node.z) ?? '';
  }
}

/** The dialog of a node that has none yet shows the only connection there is as chosen. */
export function showTheOnlyOnes({ definition: { defaults = {} }, prefix }: Dialog): void {
  for (const [name, { type, required }] of Object.entries(defaults)) {
    const field = $(`${prefix}${name}`);
    if (!type || !required || !ours(type) || field.val() !== noneChosen) continue;
    const offered = field.find('option').filter((_index, option) => $(option).val() !== noneChosen);
    if (offered.length === 1) field.val(String(offered.val())).trigger('change');
  }
}

/** Node-RED's own (`tls-config`, `http proxy`) are for somebody to choose. */
const ours = (type: string): boolean => /^(wap|billing)-/.test(type);

function onlyOne(type: string, tab: unknown): string | undefined {
  const ids: string[] = [];
  RED.nodes.eachConfig(({ id, type: of, z }) => {
    if (of === type && (!z || z === tab)) ids.push(id);
  });
  return ids.length === 1 ? ids[0] : undefined;
}
