import type { Node, NodeAPI } from 'node-red';
import type { Store } from '../../lib/state/port';
import type { UnendedRun } from '../../lib/state/tables/recorded-steps';
import { type NodeNow, type Stop, stopsOf } from '../../lib/workflow/deploy-check';
import type { SavedNode } from '../flows/deployed';
import { findOf, say } from '../node/texts';
import { asStep } from './step-now';

/** Why the flows that run stop runs of a workflow that have not ended, as sentences for the log. */
export async function reasonsNow(
  RED: NodeAPI,
  store: Store,
  workflow: string,
  isMeant: (run: UnendedRun) => boolean,
): Promise<string[]> {
  const stops = await stopsOf(store, workflow, { isMeant, now: id => nodeNow(RED, id) });
  return stops.map(stop => reasonOf(RED, stop));
}

function nodeNow(RED: NodeAPI, id: string): NodeNow | Promise<NodeNow> {
  const node = RED.nodes.getNode(id);
  // One whose settings cannot be read at all says so itself.
  return node ? asStep(node)?.().catch(() => undefined) : 'gone';
}

/** What a deploy would change: nodes that would be gone or disabled, and nodes as they would be. */
export interface FlowChange {
  gone: string[];
  changed: SavedNode[];
}

/** Which runs that have not ended a deploy would stop; what it leaves as it is does not count. */
export function stopsOfChange(RED: NodeAPI, store: Store, { gone, changed }: FlowChange): Promise<Stop[]> {
  const now = (id: string): NodeNow | Promise<NodeNow> => {
    const node: (Node & { _alias?: string }) | null = RED.nodes.getNode(id);
    if (!node) return undefined; // it is gone already
    // Inside an instance of a subflow a node is known as <instance>-<node>.
    const alias = node._alias;
    const isGone = gone.some(
      part => part === id || part === alias || (alias !== undefined && id.startsWith(`${part}-`)),
    );
    if (isGone) return 'gone';
    const then = changed.find(saved => saved.id === id || saved.id === alias);
    return then && asStep(node)?.(then).catch(() => undefined);
  };
  return stopsOf(store, null, { isMeant: () => true, now });
}

function reasonOf(RED: NodeAPI, { why, step, node, fields, count, keys }: Stop): string {
  const type = RED.nodes.getNode(node)?.type ?? '';
  const names = fields.map(field => `“${findOf(RED, type, `label.${field}`) ?? field}”`);
  return say(RED, `stops.${why}`, { step, fields: names.join(', '), keys: keys.join(', ') + more(count, keys.length) });
}

const more = (count: number, shown: number): string => (count > shown ? ` … (${count})` : '');
