import type { NodeMessage } from 'node-red';
import { systemClock } from '../../lib/async/clock';
import type { CallHandler } from '../../lib/calls/handler';
import { AdapterError } from '../../lib/errors';
import { setPosition } from '../../lib/workflow/position';
import { nodeName } from '../flows/deployed';
import type { FlowStarts } from '../flows/flow-starts';
import { isTouched } from '../flows/touched';
import type { Inputs } from '../inputs';
import type { AdapterMessage } from '../message';
import { serve } from '../node/endpoints';
import { evaluate } from '../node/evaluate';
import { failureOf, shortOf } from '../node/failure';
import type { Uses } from '../node/handles';
import { secretOf } from '../node/secret';
import { reasonsNow } from '../run/stops';
import type { LiveContext, NodeDefinition } from './definition';
import type { DeployedNode } from './deployed-node';

const retryMs = 5_000;

/** What a node does by itself: begins it, and tries again while what it needs does not answer. */
export class NodeStart<U extends Uses, I extends Inputs, S extends Inputs, O extends readonly string[], L> {
  readonly #deployed: DeployedNode<U, I, S, O, L>;
  readonly #track: (work: Promise<void>) => void;
  #live: Promise<L | undefined> = Promise.resolve(undefined);
  /** Why `start` has not succeeded yet. */
  #failure: AdapterError | undefined;

  /** @param track makes closing wait for the end of some work */
  constructor(deployed: DeployedNode<U, I, S, O, L>, track: (work: Promise<void>) => void) {
    this.#deployed = deployed;
    this.#track = track;
  }

  begin(start: NonNullable<NodeDefinition<U, I, S, O, L>['start']>, starts: FlowStarts): void {
    this.#live = this.#begun(start, starts);
    this.#track(this.#live.then(() => undefined));
  }

  /** What `start` returned. @throws INPUT_CONFIG when it failed for good; while it is tried again: its failure */
  async whatStarted(): Promise<L> {
    if (this.#failure?.cause.retryable) throw this.#failure;
    const live = await this.#live;
    if (live === undefined && this.#deployed.definition.start) {
      throw new AdapterError('INPUT_CONFIG', 'The node could not start; its error after the deploy says why.');
    }
    return live as L;
  }

  /** Undefined when it failed for good, or the node closed first. */
  async #begun(start: NonNullable<NodeDefinition<U, I, S, O, L>['start']>, starts: FlowStarts): Promise<L | undefined> {
    const deployed = this.#deployed;
    const { RED, node, saved, definition, signal } = deployed;
    for (;;) {
      try {
        deployed.checkSettings();
        const handles = await deployed.handles.all();
        const settings = await evaluate(RED, node, (definition.settings ?? {}) as S, saved);
        if (signal.aborted) return undefined; // a listener added now would never hear of the abort
        const live = await start({ ...handles, settings, ...this.#context(starts) });
        this.#failure = undefined;
        return live;
      } catch (error) {
        if (signal.aborted) return undefined;
        const failure = error instanceof AdapterError ? error : failureOf(RED, error);
        // Once for each reason, not at every try.
        if (failure.code !== this.#failure?.code) this.#report(error, starts);
        this.#failure = failure;
        if (!failure.cause.retryable) return undefined;
        await systemClock.sleep(retryMs, signal).catch(() => undefined); // the next line sees the abort
        if (signal.aborted) return undefined;
      }
    }
  }

  #context(starts: FlowStarts): Omit<LiveContext<Record<never, never>, S, O>, 'settings'> {
    const deployed = this.#deployed;
    const { RED, node, saved, signal, definition } = deployed;
    const owner = node.name || `${definition.type} ${node.id}`;
    return {
      signal,
      status: deployed.display.status,
      send: (output: O[number], message: NodeMessage & AdapterMessage) => {
        if (message.workflow) setPosition(message, message.workflow);
        node.send(deployed.toOutput(output, message));
      },
      fail: (error, message) => deployed.report(error, message),
      warn: text => node.warn(text),
      log: text => node.log(text),
      secret: name => secretOf(RED, node, saved, node.credentials ?? {}, name),
      serve: (prefix: string, handlers: Record<string, CallHandler>) => serve(RED, prefix, handlers, owner, signal),
      flowsStarted: callback => starts.onEach(start => callback(() => isTouched(RED, node.id, start))),
      nodeExists: id => Boolean(RED.nodes.getNode(id)),
      nodeName: id => nodeName(RED, id),
      stops: (store, workflow, isMeant) => reasonsNow(RED, store, workflow, isMeant),
      track: this.#track,
      owner,
      nodeId: node.id,
      say: (key, values) => deployed.say(key, values),
    };
  }

  /** Catch nodes that come after this node in the flow are only there once the flows have started. */
  #report(error: unknown, starts: FlowStarts): void {
    const { RED, display } = this.#deployed;
    display.status('failed', { code: shortOf(failureOf(RED, error)) });
    let isTold = false;
    starts.onEach(() => {
      if (!isTold) this.#deployed.report(error);
      isTold = true;
    });
  }
}
