import type { NodeAPI } from 'node-red';

/** A node as it is saved. */
export type SavedNode = Record<string, unknown> & { id: string; type: string };

/** The nodes that run: none that is disabled, or in a disabled tab. */
export function deployedNodes(RED: NodeAPI): SavedNode[] {
  const found: SavedNode[] = [];
  RED.nodes.eachNode(node => {
    if (RED.nodes.getNode(node.id)) found.push({ ...node });
  });
  return found;
}

/** What people call a node of the flows, also one that is disabled or inside an instance of a subflow: its name, or its id.
 *  Undefined for one that is gone. */
export function nodeName(RED: NodeAPI, id: string): string | undefined {
  const saved = new Map<string, SavedNode>();
  RED.nodes.eachNode(node => void saved.set(node.id, { ...node }));
  const find = (part: string): SavedNode | undefined => {
    const whole = saved.get(part);
    if (whole) return whole;
    // A node inside an instance is known as <instance>-<node>.
    for (let at = part.indexOf('-'); at >= 0; at = part.indexOf('-', at + 1)) {
      const inner = saved.has(part.slice(0, at)) ? find(part.slice(at + 1)) : undefined;
      if (inner) return inner;
    }
    return undefined;
  };
  const found = find(id);
  return found && (typeof found.name === 'string' && found.name !== '' ? found.name : found.id);
}
