import type { Node, NodeAPI } from 'node-red';
import type { Store } from '../../lib/state/port';
import { countUnended } from '../../lib/state/tables/run-owners';
import { liveOn } from '../desk/live';
import { deployedNodes, type SavedNode } from '../flows/deployed';
import { expandEnv } from '../node/env';
import { envOf } from '../node/evaluate';
import { say } from '../node/texts';

const startType = 'wap-workflow-start';

/** What was told of each state node, so that a deploy elsewhere does not tell it again. */
const told = new WeakMap<Node, string>();

/** Says in the log which workflows have runs that no start node of the flows runs. To be called once the flows have started. */
export async function tellOrphans(RED: NodeAPI, node: Node, store: Store): Promise<void> {
  const known = startNodes(RED, node.id);
  const live = new Set(liveOn(store).flatMap(each => (each.kind === 'workflow' ? [each.name] : [])));
  const unended = await store.transaction(countUnended, { relaxed: true });
  const orphans = new Map<string, number>();
  for (const { name, startNode, count } of unended) {
    // Whatever a start node that runs began is its own, under whichever name.
    const isRun = startNode !== null && RED.nodes.getNode(startNode)?.type === startType;
    if (isRun || live.has(name) || known.some(isIt => isIt(name))) continue;
    orphans.set(name, (orphans.get(name) ?? 0) + count);
  }
  const texts = [...orphans].map(([workflow, count]) => say(RED, 'orphans', { workflow, count }));
  const before = told.get(node) ?? '';
  told.set(node, texts.join('\n'));
  if (texts.join('\n') !== before) for (const text of texts) node.warn(text);
}

/** Of each start node on this state, or on another node with the same address, whether a workflow is its: one that is still
 *  beginning is not gone. */
function startNodes(RED: NodeAPI, state: string): Array<(name: string) => boolean> {
  const every: SavedNode[] = [];
  RED.nodes.eachNode(node => void every.push({ ...node }));
  const address = every.find(({ id }) => id === state)?.address;
  const states = new Set(every.filter(of => of.id === state || of.address === address).map(({ id }) => id));
  const subflows = new Set(every.filter(({ type }) => type === 'subflow').map(({ id }) => id));
  const running = new Set(deployedNodes(RED).map(({ id }) => id));
  return every.flatMap(({ type, id, z, state: its, workflowName }) => {
    const isInside = typeof z === 'string' && subflows.has(z);
    if (type !== startType || typeof workflowName !== 'string') return [];
    if (!isInside && !(running.has(id) && states.has(String(its)))) return [];
    return [isInside ? fits(workflowName) : isNamed(RED, id, workflowName)];
  });
}

function isNamed(RED: NodeAPI, id: string, workflowName: string): (name: string) => boolean {
  try {
    const expanded = expandEnv(workflowName, 'workflowName', name => envOf(RED, RED.nodes.getNode(id), name));
    return name => name === expanded.trim();
  } catch {
    return fits(workflowName); // a variable that is not set: its node says so
  }
}

/** Each instance of a subflow has an environment of its own. */
function fits(workflowName: string): (name: string) => boolean {
  const parts = workflowName.trim().split(/\$\{[^}]*\}/);
  const pattern = new RegExp(`^${parts.map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's');
  return name => pattern.test(name);
}
