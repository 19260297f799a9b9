import type { Node, NodeAPI } from 'node-red';
import { outOf, reached } from '../../lib/workflow/wiring';
import type { FlowStart } from './flow-starts';
import { flowWires } from './wires';

/** A node as the runtime has it. */
type Placed = Node & { _alias?: string };

/** Whether a start of the flows touched a node, or any that its messages may come to. */
export function isTouched(RED: NodeAPI, node: string, { touched }: FlowStart): boolean {
  if (touched === null) return true;
  const wires = flowWires(RED).at;
  for (const id of reached([node, ...(wires(node)?.outputs.flat() ?? [])], at => outOf(wires, at))) {
    const placed: Placed | null = RED.nodes.getNode(id);
    if ([id, placed?._alias, placed?.z].some(each => each !== undefined && touched.has(each))) return true;
  }
  return false;
}
