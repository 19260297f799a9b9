import type { Node, NodeAPI, NodeDef } from 'node-red';
import { AdapterError } from '../../lib/errors';
import { addFailure } from '../../lib/workflow/position';
import { deployedNodes } from '../flows/deployed';
import { FlowStarts } from '../flows/flow-starts';
import type { Inputs } from '../inputs';
import type { Saved } from '../node/evaluate';
import { failureOf, shortOf } from '../node/failure';
import type { Uses } from '../node/handles';
import { say } from '../node/texts';
import { placeName, type StepOutcome } from '../run/durable';
import type { NodeDefinition } from './definition';
import { DeployedNode } from './deployed-node';
import { change, type Message, MessageWork, type Send } from './message-work';
import { NodeStart } from './start';

/** One deployed node of a definition, between Node-RED's events and what the definition does: each message ends in `done`
 *  exactly once, and closing waits for what is under way. */
export class RunningNode<U extends Uses, I extends Inputs, S extends Inputs, O extends readonly string[], L> {
  readonly #deployed: DeployedNode<U, I, S, O, L>;
  readonly #start: NodeStart<U, I, S, O, L>;
  readonly #work: MessageWork<U, I, S, O, L>;
  readonly #inFlight = new Set<Promise<void>>();

  constructor(RED: NodeAPI, node: Node, saved: NodeDef & Saved, definition: NodeDefinition<U, I, S, O, L>) {
    this.#deployed = new DeployedNode(RED, node, saved, definition);
    this.#start = new NodeStart(this.#deployed, work => this.#track(work));
    this.#work = new MessageWork(this.#deployed, () => this.#start.whatStarted());
  }

  listen(): void {
    const { RED, node, definition, handles, display, signal } = this.#deployed;
    node.on('input', (msg, send, done) => this.#track(this.#handle(msg as Message, send, done)));
    node.on('close', (done: () => void) => {
      this.#close().then(done, done);
    });
    if (handles.missing()) display.status('notConfigured');
    else if (definition.start) this.#start.begin(definition.start, new FlowStarts(RED, signal));
    if (definition.notice) this.#watchFlows(definition.notice);
  }

  /** Shows what the definition notices about the wires, but never over the status of a message that is being handled. */
  #watchFlows(notice: NonNullable<NodeDefinition<U, I, S, O, L>['notice']>): void {
    const { RED, node, display, handles, signal } = this.#deployed;
    let shown: string | null = null;
    new FlowStarts(RED, signal).onEach(() => {
      const found = notice(deployedNodes(RED), node.id);
      if (display.isAtWork || found === shown || handles.missing()) return;
      shown = found;
      if (found === null) display.status('nothing');
      else display.status('alarm', { text: this.#deployed.say(found, {}) });
    });
  }

  #track(work: Promise<void>): void {
    this.#inFlight.add(work);
    work.finally(() => this.#inFlight.delete(work)).catch(() => undefined); // whoever began it reported it
  }

  async #close(): Promise<void> {
    this.#deployed.close();
    await Promise.allSettled([...this.#inFlight]);
    this.#deployed.handles.release();
  }

  async #handle(msg: Message, send: Send, done: (error?: Error) => void): Promise<void> {
    const { node, definition, display } = this.#deployed;
    const startedAt = process.hrtime.bigint();
    display.begin();
    let outcome: StepOutcome | null;
    try {
      outcome = await this.#work.outcomeOf(msg, send);
    } catch (error) {
      display.end();
      return this.#stopped(error, msg, done);
    }
    display.end();
    if (node.metric()) {
      node.metric(`${definition.type}.ms`, msg, Number(process.hrtime.bigint() - startedAt) / 1e6);
    }
    if (outcome) {
      display.done(outcome);
      change(msg, outcome.set);
      for (const place of outcome.carries?.failures ?? []) addFailure(msg, place);
      send(this.#deployed.toOutput(outcome.to, msg));
    }
    done();
  }

  /** A message that does not go on: interrupted, cut off from its run, or failed. */
  #stopped(error: unknown, msg: Message, done: (error?: Error) => void): void {
    const { RED, node, display, signal } = this.#deployed;
    if (signal.aborted) {
      // Not failed and not completed: the deploy interrupted it, so neither Catch nor Complete may claim it.
      node.warn(say(RED, 'interrupted', { id: msg._msgid ?? '' }));
      return;
    }
    if (error instanceof AdapterError && error.code === 'STATE_RUN_ENDED') {
      // Another message took its place, or the run was cancelled: there is nothing left to report about this one.
      node.warn(error.message);
      if (error.cause.details) display.status('alarm', { text: say(RED, 'status.cutOff') });
      else display.rest();
      return;
    }
    const failure = failureOf(RED, error);
    display.status('failed', { code: shortOf(failure) });
    const { run } = failure.cause;
    if (run) addFailure(msg, placeName(run.node, run.visit));
    done(failure);
  }
}
