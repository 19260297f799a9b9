import type { NodeAPI } from 'node-red';
import type { Store } from '../lib/state/port';
import type { UnendedRun } from '../lib/state/recorded-steps';
import { type NodeNow, type Stop, stopsOf } from '../lib/workflow/deploy-check';
import { asStep } from './step-now';
import { findOf, say } from './texts';

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

function reasonOf(RED: NodeAPI, { why, step, node, fields, count, keys }: Stop): string {
  const type = RED.nodes.getNode(node)?.type ?? '';
  const names = fields.map(field => `“${findOf(RED, type, `label.${field}`) ?? field}”`);
  return say(RED, `stops.${why}`, { step, fields: names.join(', '), keys: keys.join(', ') + more(count, keys.length) });
}

const more = (count: number, shown: number): string => (count > shown ? ` … (${count})` : '');
