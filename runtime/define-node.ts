import type { Node, NodeAPI, NodeDef, NodeInitializer, NodeMessage } from 'node-red';
import { systemClock } from '../lib/clock';
import { AdapterError } from '../lib/errors';
import type { Position } from '../lib/workflow/position';
import { durably, type Returned, type StepOutcome, settled } from './durable';
import { evaluate, type Saved } from './evaluate';
import { failureOf } from './failure';
import { type Handles, HeldHandles, type Uses } from './handles';
import type { Inputs, Values } from './inputs';
import type { AdapterMessage } from './message';
import { type ShowStatus, type StatusName, statusOf } from './status';
import { say } from './texts';

/** Where a message goes on, and which of its properties change (`undefined` removes one); everything else on it stays. */
export interface Outcome<O extends readonly string[]> {
  to: O[number];
  set: AdapterMessage & Record<string, unknown>;
  /** What the status under the node says; nothing clears it. */
  status?: string;
  /** How that status looks; green by default. */
  look?: StatusName;
}

/** What a node has at hand while it handles a message. */
export type RunContext<U extends Uses, L> = Handles<U> & {
  /** Aborts when the node closes. */
  signal: AbortSignal;
  status: ShowStatus;
  /** The message, for what inputs cannot say; never changed directly. */
  msg: Readonly<AdapterMessage & Record<string, unknown>>;
  /** What `start` returned. */
  live: L;
  /** Who acts, for histories: the node's name or its type. */
  actor: string;
  /** When the step was first begun (ms UTC): now, or before a restart inside a durable workflow. */
  since: number;
  /** A text of the node's own catalogue in the server's language. */
  say(key: string, values?: Record<string, string | number>): string;
};

/** What a node that acts by itself has at hand (a poll node). */
export type LiveContext<U extends Uses, I extends Inputs, O extends readonly string[]> = Handles<U> & {
  settings: Values<I>;
  signal: AbortSignal;
  status: ShowStatus;
  send(to: O[number], message: AdapterMessage & Record<string, unknown>): void;
  /** Reports a failure with a message, so that Catch nodes see it. */
  fail(error: unknown, message?: Record<string, unknown>): void;
  warn(text: string): void;
  /** Calls back each time Node-RED has started its flows, the start that made this node included: only then are all
   *  the nodes there that a message may reach. */
  flowsStarted(callback: () => void): void;
  nodeExists(id: string): boolean;
  /** A text of the node's own catalogue in the server's language. */
  say(key: string, values?: Record<string, string | number>): string;
};

/** A palette node as its file describes it: which inputs, which call, which outputs. */
export interface NodeDefinition<U extends Uses, I extends Inputs, S extends Inputs, O extends readonly string[], L> {
  type: string;
  /** Configuration nodes, by property. */
  uses: U;
  /** Fields read for every message. */
  inputs: I;
  /** Outputs by meaning, in their order. */
  outputs: O;
  /** Messages stay in the node for long, so its status counts them. */
  waits?: boolean;
  /** Fields read once, without a message. */
  settings?: S;
  /** Begins what the node does by itself; it ends when `signal` aborts. */
  start?(context: LiveContext<U, S, O>): Promise<L>;
  /** Handles one message. `null` sends nothing on; `Within` an outcome that is made in one transaction with rows of ours.
   *  What it throws reaches Catch once. */
  run(inputs: Values<I>, context: RunContext<U, L>): Promise<Returned<Outcome<O>>>;
  /** Inside a durable workflow, after an interruption: what the call did, if it happened; `null` when it has to be made.
   *  Not needed where `run` itself bears a repeat. */
  reconcile?(inputs: Values<I>, context: RunContext<U, L>): Promise<Outcome<O> | null>;
  /** False for a node that is no step even inside a workflow. */
  durable?: boolean;
}

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

const startRetryMs = 5_000;

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
    RED.nodes.registerType(definition.type, Constructor);
  };
  return Object.assign(initialise, { definition });
}

/** One deployed node. */
class RunningNode<U extends Uses, I extends Inputs, S extends Inputs, O extends readonly string[], L> {
  private readonly closing = new AbortController();
  private readonly handles: HeldHandles<U>;
  private readonly status: ShowStatus;
  private readonly inFlight = new Set<Promise<void>>();
  private live: Promise<L | undefined> = Promise.resolve(undefined);
  /** Messages being handled now. */
  private atWork = 0;
  private readonly started = new EventTarget();
  private hasStarted = false;

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    private readonly saved: NodeDef & Saved,
    private readonly definition: NodeDefinition<U, I, S, O, L>,
  ) {
    this.handles = new HeldHandles(RED, definition.uses, saved);
    this.status = statusOf(RED, node);
  }

  listen(): void {
    const { node } = this;
    node.on('input', (msg, send, done) => this.track(this.handle(msg, send, done)));
    node.on('close', (done: () => void) => {
      this.close().then(done, done);
    });
    if (this.handles.missing()) this.status('notConfigured');
    else if (this.definition.start) {
      this.listenForStart();
      this.live = this.begin(this.definition.start);
      this.track(this.live.then(() => undefined));
    }
  }

  private listenForStart(): void {
    const { events } = this.RED;
    const onStarted = () => {
      this.hasStarted = true;
      this.started.dispatchEvent(new Event('started'));
    };
    events.on('flows:started', onStarted);
    this.closing.signal.addEventListener('abort', () => events.removeListener('flows:started', onStarted));
  }

  private track(work: Promise<void>): void {
    this.inFlight.add(work);
    work.finally(() => this.inFlight.delete(work)).catch(() => undefined); // `handle` and `begin` reported it
  }

  private async close(): Promise<void> {
    this.closing.abort(new AdapterError('ABORTED', `${this.definition.type} was closed.`, { retryable: true }));
    await Promise.allSettled([...this.inFlight]);
    this.handles.release();
  }

  private async handle(
    msg: NodeMessage,
    send: (msg: Array<NodeMessage | null>) => void,
    done: (error?: Error) => void,
  ): Promise<void> {
    const { signal } = this.closing;
    const startedAt = process.hrtime.bigint();
    this.atWork += 1;
    this.showBusy();
    let outcome: StepOutcome | null;
    try {
      outcome = await this.run(msg);
    } catch (error) {
      if (signal.aborted) {
        // Not failed and not completed: the deploy interrupted it, so neither Catch nor Complete may claim it.
        this.node.warn(say(this.RED, 'interrupted', { id: msg._msgid ?? '' }));
        return;
      }
      if (error instanceof AdapterError && error.code === 'STATE_RUN_ENDED') {
        // Another message took its place, or the run was cancelled: there is nothing left to report about this one.
        this.node.warn(error.message);
        return;
      }
      const failure = failureOf(this.RED, error);
      this.status('failed', { code: failure.code });
      done(failure);
      return;
    } finally {
      this.atWork -= 1;
    }
    if (this.node.metric()) {
      this.node.metric(`${this.definition.type}.ms`, msg, Number(process.hrtime.bigint() - startedAt) / 1e6);
    }
    if (outcome) {
      if (this.definition.waits && this.atWork > 0) this.showBusy();
      else this.showDone(outcome);
      change(msg, outcome.set);
      send(this.toOutput(outcome.to, msg));
    }
    done();
  }

  private async run(msg: NodeMessage & AdapterMessage): Promise<StepOutcome | null> {
    const { definition, saved, node } = this;
    const handles = await this.handles.all();
    const inputs = await evaluate(this.RED, node, definition.inputs, saved, msg);
    const live = (await this.live) as L;
    const context = (since: number): RunContext<U, L> => ({
      ...handles,
      signal: this.closing.signal,
      status: this.status,
      msg: { ...msg },
      live,
      actor: node.name || definition.type,
      since,
      say: (key: string, values: Record<string, string | number> = {}) => this.RED._(key, values),
    });
    const position: Position | undefined = msg.workflow;
    if (!position || definition.durable === false)
      return settled(await definition.run(inputs, context(systemClock.now())));
    const { reconcile } = definition;
    return durably({ ...msg }, position, {
      node: node.id,
      label: node.name || definition.type,
      inputs,
      act: since => definition.run(inputs, context(since)),
      lookUp: reconcile ? since => reconcile(inputs, context(since)) : null,
      signal: this.closing.signal,
    });
  }

  private async begin(start: NonNullable<NodeDefinition<U, I, S, O, L>['start']>): Promise<L | undefined> {
    const { RED, node, saved, definition } = this;
    const { signal } = this.closing;
    for (;;) {
      try {
        return await start({
          ...(await this.handles.all()),
          settings: await evaluate(RED, node, (definition.settings ?? {}) as S, saved),
          signal,
          status: this.status,
          send: (output: O[number], message: NodeMessage) => node.send(this.toOutput(output, message)),
          fail: (error: unknown, message?: Record<string, unknown>) => this.report(error, message),
          warn: (text: string) => node.warn(text),
          flowsStarted: (callback: () => void) => {
            this.started.addEventListener('started', callback, { signal });
            if (this.hasStarted) callback();
          },
          nodeExists: (id: string) => Boolean(RED.nodes.getNode(id)),
          say: (key: string, values: Record<string, string | number> = {}) => RED._(key, values),
        });
      } catch (error) {
        if (signal.aborted) return undefined;
        this.report(error);
        if (!(error instanceof AdapterError && error.cause.retryable)) return undefined;
        await systemClock.sleep(startRetryMs, signal).catch(() => undefined); // an abort ends the loop below
        if (signal.aborted) return undefined;
      }
    }
  }

  private report(error: unknown, message: Record<string, unknown> = {}): void {
    const failure = failureOf(this.RED, error);
    this.status('failed', { code: failure.code });
    // Without a message object no Catch node would see it; the Error itself keeps its code and cause.
    this.node.error(failure, { topic: this.definition.type, ...message });
  }

  private showBusy(): void {
    if (this.definition.waits) this.status('waiting', { count: this.atWork });
    else this.status('working');
  }

  private showDone({ status: text, look = 'done' }: StepOutcome): void {
    if (text === undefined) this.node.status({});
    else this.status(look, { text });
  }

  /** `null` stands for the first output. */
  private toOutput(output: O[number] | null, msg: NodeMessage): Array<NodeMessage | null> {
    return this.definition.outputs.map((name, index) =>
      (output === null ? index === 0 : name === output) ? msg : null,
    );
  }
}

function change(msg: Record<string, unknown>, set: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(set)) {
    if (value === undefined) delete msg[name];
    else msg[name] = value;
  }
}
