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
