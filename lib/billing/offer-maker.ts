/** A node of a flow, as far as it matters for who makes an offer. */
export interface FlowPiece {
  id: string;
  type: string;
  wires?: string[][] | undefined;
  /** Of link nodes: those at the other end. */
  links?: string[] | undefined;
  /** The id of its `billing-connection`. */
  billing?: string | undefined;
}

/** Whether some `billing-plan-create` for the same billing system can have made the offer that a `billing-propagation-check` waits
 *  for. One that can only run after the wait does not count: it activates the offer. `nodes`: all that run. */
export function hasOfferMaker(nodes: readonly FlowPiece[], waitId: string): boolean {
  const byId = new Map(nodes.map(node => [node.id, node]));
  const wait = byId.get(waitId);
  if (!wait) return true;
  const after = reachedFrom(byId, wait);
  return nodes.some(
    node =>
      node.type === 'billing-plan-create' &&
      node.billing === wait.billing &&
      (!after.has(node.id) || reachedFrom(byId, node).has(waitId)),
  );
}

/** All nodes that a message of this one can come to, through link nodes as well. */
function reachedFrom(byId: ReadonlyMap<string, FlowPiece>, from: FlowPiece): Set<string> {
  const reached = new Set<string>();
  const open = [from];
  for (let node = open.pop(); node; node = open.pop()) {
    for (const id of [...(node.wires ?? []).flat(), ...(node.type === 'link out' ? (node.links ?? []) : [])]) {
      const next = byId.get(id);
      if (!next || reached.has(id)) continue;
      reached.add(id);
      open.push(next);
    }
  }
  return reached;
}
