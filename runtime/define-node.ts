import '../lib/node-version';

import type { Node, NodeAPI, NodeDef, NodeInitializer } from 'node-red';
import type { Inputs } from './inputs';
import type { Saved } from './node/evaluate';
import { factSettings } from './node/facts';
import type { Uses } from './node/handles';
import { passwords } from './node/secret';
import type { StatusName } from './node/status';
import type { NodeDefinition, Outcome } from './running/definition';
import { RunningNode } from './running/running-node';

export const to = <const T extends string>(
  output: T,
  set: Outcome<[T]>['set'],
  status?: string,
  look: StatusName = 'done',
) => ({
  to: output,
  set,
  ...(status === undefined ? {} : { status, look }),
});

/** The outcome of a look-up that found nothing; what is missing now may be there when the run is resumed. */
export const notFound = (set: Outcome<['notFound']>['set'], status: string, look: StatusName = 'done') => ({
  ...to('notFound', set, status, look),
  mayChange: true as const,
});

/** Makes a Node-RED node of a definition. It owns what every node repeats: reading inputs, one try/catch, `done` exactly
 *  once, status, an AbortSignal that closing fires, the users of configuration nodes, and the duration as a metric. */
export function defineNode<
  U extends Uses,
  I extends Inputs,
  const O extends readonly string[],
  S extends Inputs = Record<never, never>,
  L = undefined,
>(definition: NodeDefinition<U, I, S, O, L>): NodeInitializer & { definition: NodeDefinition<U, I, S, O, L> } {
  const initialise = (RED: NodeAPI) => {
    function Constructor(this: Node, saved: NodeDef & Saved) {
      RED.nodes.createNode(this, saved);
      new RunningNode(RED, this, saved, definition).listen();
    }
    const { type, secrets, facts } = definition;
    const credentials = secrets ? { credentials: passwords(secrets) } : {};
    RED.nodes.registerType(type, Constructor, { ...credentials, settings: factSettings(RED, facts) });
  };
  return Object.assign(initialise, { definition });
}
