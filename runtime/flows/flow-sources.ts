import type { Source } from '../../lib/workflow/origins';
import type { Wires } from '../../lib/workflow/wiring';
import type { SavedNode } from './deployed';

/** What a Catch or Complete node takes up may come from anywhere, and what is in a subflow may begin there. */
const openToAnything = /^(catch|complete|status|subflow:.*)$/;

/** The outputs by which messages begin in these flows. */
export function sourcesIn(nodes: readonly SavedNode[], wires: Wires): Source[] {
  const outputsOf = ({ id }: SavedNode) => wires(id)?.outputs ?? [];
  const wired = new Set(nodes.flatMap(node => outputsOf(node).flat()));
  const isCalledByName = nodes.some(({ type, linkType }) => type === 'link call' && linkType === 'dynamic');
  const begins = (node: SavedNode) =>
    !wired.has(node.id) ||
    openToAnything.test(node.type) ||
    (isCalledByName && node.type === 'link in') ||
    sendsByItself(node);

  return nodes.flatMap((node): Source[] => {
    const outputs = outputsOf(node);
    const own = ownOutputs[node.type];
    return outputs.flatMap((to, index) => {
      const is = own?.(index, outputs.length) ?? (begins(node) ? 'other' : undefined);
      return is ? { is, to } : [];
    });
  });
}

/** What begins at the outputs of our nodes; undefined where what came goes on. */
const ownOutputs: Record<string, (output: number, count: number) => Source['is'] | undefined> = {
  'wap-workflow-start': output => (output === 0 ? 'run' : 'other'),
  'wap-workflow-end': () => 'other',
  'wap-workflow-wait': (output, count) => (output === count - 1 ? 'other' : undefined),
  'wap-usage-poll': output => (output === 0 ? 'feed' : 'other'),
  'wap-event-poll': output => (output === 0 ? 'feed' : 'other'),
  // What they hold back is of no delivery any more.
  'billing-usage-meter': output => (output === 0 ? undefined : 'other'),
  'billing-usage-send': output => (output === 0 ? undefined : 'other'),
};

/** A function with a setup of its own may send messages by itself. */
const sendsByItself = ({ type, initialize = '' }: SavedNode): boolean =>
  type === 'function' && /\bnode\.send\b/.test(String(initialize));
