import type { Node, NodeAPI } from 'node-red';

/** A node as the runtime has it, with where its outputs lead. */
type Wired = Node & { wires?: string[][] };

const ours = /^(wap|billing|mapping)-/;
/** Where these lead is not in their wires. */
const opaque = /^(link (out|call)|subflow:.*)$/;

/** Whether a message that leaves this output can come to another node of ours. */
export function leadsOn({ nodes }: NodeAPI, node: Wired, output: number): boolean {
  const ids = new Set(node.wires?.[output] ?? []);
  for (const id of ids) {
    const next: Wired | null = nodes.getNode(id);
    if (!next) continue;
    if (ours.test(next.type) || opaque.test(next.type)) return true;
    for (const further of next.wires?.flat() ?? []) ids.add(further);
  }
  return false;
}
