import type { Node, NodeAPI, NodeStatus, NodeStatusFill, NodeStatusShape } from 'node-red';
import { type Needs, noNeeds } from '../../lib/feeds/needs';
import { needsText } from './needs-text';
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

/** `nothing` clears it. `needs` is what needs a person, with its counts: it is shown instead of what says that all is well or under way,
 *  until the counts are 0. */
export type StatusName = keyof typeof looks | 'nothing' | 'needs';
export type ShowStatus = (name: StatusName, values?: Record<string, string | number>) => void;

/** These say something that a person has to know as well. */
const urgent: ReadonlySet<StatusName> = new Set(['notConfigured', 'paused', 'refused', 'failed', 'resting']);

/** Counts have to be seen whole; names are made to fit before. */
const longest = 40;

/** Shows a state of the vocabulary under the node, in the server's language so that a Status node reads it too. */
export function statusOf(RED: NodeAPI, node: Node): ShowStatus {
  let last: { name: StatusName; shown: NodeStatus } = { name: 'nothing', shown: {} };
  let needs: NodeStatus | null = null;
  const show = () => node.status(needs && !urgent.has(last.name) ? needs : last.shown);
  return (name, values = {}) => {
    if (name !== 'needs') {
      last = { name, shown: shownOf(RED, name, values) };
      return show();
    }
    const before = needs?.text;
    needs = shownNeeds(RED, { ...noNeeds, ...values });
    if (needs?.text !== before) show();
  };
}

function shownOf(
  RED: NodeAPI,
  name: Exclude<StatusName, 'needs'>,
  values: Record<string, string | number>,
): NodeStatus {
  if (name === 'nothing') return {};
  const [fill, shape] = looks[name];
  const text = typeof values.text === 'string' ? values.text : say(RED, keyOf(name, values), values);
  return { fill, shape, text: text.length > longest ? `${text.slice(0, longest - 1)}…` : text };
}

/** Red for what was given up, yellow for what waits. */
function shownNeeds(RED: NodeAPI, needs: Needs): NodeStatus | null {
  const text = needsText(RED, needs, longest);
  return text === null ? null : { fill: needs.refused > 0 ? 'red' : 'yellow', shape: 'ring', text };
}

/** A failure is told by what failed: its code, or finer (`shortOf`). */
const keyOf = (name: StatusName, { code = '' }: Record<string, string | number>): string =>
  name === 'failed' ? `failed.${code}` : `status.${name}`;
