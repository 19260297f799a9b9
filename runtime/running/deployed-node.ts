import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { AdapterError } from '../../lib/errors';
import { upToDate } from '../../lib/settings-version';
import type { Inputs } from '../inputs';
import type { Saved } from '../node/evaluate';
import { failureOf, shortOf } from '../node/failure';
import { fitted } from '../node/fit';
import { HeldHandles, type Uses } from '../node/handles';
import { sayOwn } from '../node/texts';
import type { NodeDefinition } from './definition';
import { NodeDisplay } from './display';

/** One deployed node of a definition with its settings read: what its messages, its start and its end share. */
export class DeployedNode<U extends Uses, I extends Inputs, S extends Inputs, O extends readonly string[], L> {
  readonly saved: Saved;
  readonly outputs: readonly O[number][];
  readonly handles: HeldHandles<U>;
  readonly display: NodeDisplay;
  readonly #closing = new AbortController();
  /** Why the saved settings cannot be read at all. */
  readonly #unreadable: unknown;

  constructor(
    readonly RED: NodeAPI,
    readonly node: Node,
    saved: NodeDef & Saved,
    readonly definition: NodeDefinition<U, I, S, O, L>,
  ) {
    this.saved = saved;
    this.outputs = definition.outputs;
    try {
      this.saved = upToDate(definition.type, saved);
      this.outputs = definition.outputsOf?.(this.saved) ?? definition.outputs;
    } catch (error) {
      // Thrown here, it would leave a node that exists for Node-RED but neither answers nor says why.
      this.#unreadable = error;
    }
    this.handles = new HeldHandles(RED, definition.uses, this.saved);
    this.display = new NodeDisplay(RED, node, definition);
  }

  /** Aborts when the node closes. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** The node for a person: its name, or its type. */
  get label(): string {
    return this.node.name || this.definition.type;
  }

  close(): void {
    this.#closing.abort(new AdapterError('ABORTED', `${this.definition.type} was closed.`, { retryable: true }));
  }

  /** @throws what reading the saved settings threw */
  checkSettings(): void {
    if (this.#unreadable) throw this.#unreadable;
  }

  /** A message in its place among the outputs; `null` stands for the first output. */
  toOutput(output: string | null, msg: NodeMessage): Array<NodeMessage | null> {
    return this.outputs.map((name, index) => ((output === null ? index === 0 : name === output) ? msg : null));
  }

  /** A text of the node's own catalogue. The name in the text of a status is shortened until the status fits. */
  say(key: string, values: Record<string, string | number> = {}): string {
    const of = (fitting: Record<string, string | number>) => sayOwn(this.RED, key, fitting);
    return key.startsWith('status.') && 'name' in values ? fitted(of, values, 'name') : of(values);
  }

  /** Reports a failure outside `done`, so that Catch nodes see it. */
  report(error: unknown, message: Record<string, unknown> = {}): void {
    const failure = failureOf(this.RED, error);
    this.display.status('failed', { code: shortOf(failure) });
    // Without a message object no Catch node would see it; the Error itself keeps its code and cause.
    this.node.error(failure, { topic: this.definition.type, ...message });
  }
}
