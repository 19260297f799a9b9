import type { Node, NodeAPI } from 'node-red';
import type { StepNow } from '../../lib/workflow/deploy-check';
import { unreadable } from '../../lib/workflow/deploy-check';
import { digest, digestsOf } from '../../lib/workflow/digest';
import { comparedOf, type Inputs, type Source } from '../inputs';
import { evaluateOne, type Saved, sourceOf } from '../node/evaluate';

/** Values from there are the same whichever message comes. */
const fixed: ReadonlySet<Source | undefined> = new Set([undefined, 'str', 'num', 'bool', 'json', 'env']);

const isFixed = ({ value, type }: { value: unknown; type?: Source | undefined }) => value === '' || fixed.has(type);

/** What the node would do as a step with these settings, or with those it has. */
type AsStep = (saved?: Saved) => Promise<StepNow>;

const steps = new WeakMap<Node, AsStep>();

export function beStep(node: Node, now: AsStep): void {
  steps.set(node, now);
}

/** Of a node that can be a step; undefined for any other. */
export const asStep = (node: Node): AsStep | undefined => steps.get(node);

/** A digest of where each field comes from that the message decides, of those by which a step is known. */
export function sourcesOf(inputs: Inputs, saved: Saved): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [field, input] of Object.entries(inputs)) {
    const { compared = 'always' } = input;
    const source = sourceOf(field, input, saved);
    if (isFixed(source) || compared === 'never' || compared === 'no longer') continue;
    found[field] = digest([source.type, source.value]);
  }
  return found;
}

export async function stepNow(RED: NodeAPI, node: Node, inputs: Inputs, saved: Saved): Promise<StepNow> {
  const values: Record<string, unknown> = {};
  const unread: Record<string, string> = {};
  for (const [field, input] of Object.entries(inputs)) {
    if (!isFixed(sourceOf(field, input, saved))) continue;
    try {
      values[field] = await evaluateOne(RED, node, field, input, saved);
    } catch {
      unread[field] = unreadable;
    }
  }
  return { fixed: { ...digestsOf(comparedOf(inputs, values)), ...unread }, sources: sourcesOf(inputs, saved) };
}
