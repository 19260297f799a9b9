import type { Node, NodeAPI, NodeStatusFill, NodeStatusShape } from 'node-red';
import { say } from './texts';

/** The one vocabulary of node status. Texts are `status.<name>` in the catalogue, unless the node gives its own. */
const looks = {
  notConfigured: ['red', 'ring'],
  ready: ['grey', 'ring'],
  working: ['blue', 'dot'],
  progress: ['blue', 'dot'],
  waiting: ['blue', 'ring'],
  done: ['green', 'dot'],
  idle: ['green', 'ring'],
  paused: ['grey', 'dot'],
  alarm: ['yellow', 'ring'],
  refused: ['red', 'ring'],
  failed: ['red', 'dot'],
  resting: ['red', 'ring'],
} as const satisfies Record<string, [NodeStatusFill, NodeStatusShape]>;

export type StatusName = keyof typeof looks;
export type ShowStatus = (name: StatusName, values?: Record<string, string | number>) => void;

/** Counts have to be seen whole; names are made to fit before. */
const longest = 40;

/** Shows a state of the vocabulary under the node, in the server's language so that a Status node reads it too. */
export function statusOf(RED: NodeAPI, node: Node): ShowStatus {
  return (name, values = {}) => {
    const [fill, shape] = looks[name];
    const text = typeof values.text === 'string' ? values.text : say(RED, keyOf(name, values), values);
    node.status({ fill, shape, text: text.length > longest ? `${text.slice(0, longest - 1)}…` : text });
  };
}

/** A failure is told by what failed: its code, or finer (`shortOf`). */
const keyOf = (name: StatusName, { code = '' }: Record<string, string | number>): string =>
  name === 'failed' ? `failed.${code}` : `status.${name}`;
