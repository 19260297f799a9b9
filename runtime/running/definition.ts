import type { CallHandler } from '../../lib/calls/handler';
import type { Store } from '../../lib/state/port';
import type { UnendedRun } from '../../lib/state/tables/recorded-steps';
import type { StepWaits } from '../../lib/state/tables/step';
import type { Carried } from '../../lib/workflow/gathering';
import type { BegunEffect } from '../../lib/workflow/perform';
import type { SavedNode } from '../flows/deployed';
import type { Inputs, Values } from '../inputs';
import type { AdapterMessage } from '../message';
import type { Saved } from '../node/evaluate';
import type { Facts } from '../node/facts';
import type { Handles, Uses } from '../node/handles';
import type { ShowStatus, StatusName } from '../node/status';
import type { Returned } from '../run/durable';
import type { Join } from '../run/join';

/** Where a message goes on, and which of its properties change (`undefined` removes one); everything else on it stays. */
export interface Outcome<O extends readonly string[]> {
  to: O[number];
  set: AdapterMessage & Record<string, unknown>;
  /** What the status under the node says; nothing clears it. */
  status?: string;
  /** How that status looks; green by default. */
  look?: StatusName;
  /** Of a node that joins. */
  carries?: Carried;
  /** It found nothing yet: a later pass of the run asks again, as long as no step came after it. */
  mayChange?: true;
}

/** What a node has at hand while it handles a message. */
export type RunContext<U extends Uses, L> = Handles<U> & {
  /** Aborts when the node closes. */
  signal: AbortSignal;
  status: ShowStatus;
  /** The status says so, with the time of the server's clock (`until`: ms UTC; null: as long as it takes), until what is
   *  returned is called. */
  waitFor(name: string, until: number | null, what?: StepWaits['for']): () => void;
  /** Writes to Node-RED's log and sidebar. */
  warn(text: string): void;
  /** The message, for what inputs cannot say; never changed directly. */
  msg: Readonly<AdapterMessage & Record<string, unknown>>;
  /** What `start` returned. */
  live: L;
  /** Who acts, for histories: the node's name or its type. */
  actor: string;
  nodeId: string;
  /** Of a node that joins, inside a durable workflow: what has come of the run. */
  join: Join | undefined;
  /** When the step was first begun (ms UTC): now, or before a restart inside a durable workflow. */
  since: number;
  /** Only a poll node leads here. */
  isFed: boolean;
  /** The step in the journal; null outside a durable workflow. */
  begun: BegunEffect | null;
  /** A text of the node's own catalogue in the server's language. */
  say(key: string, values?: Record<string, string | number>): string;
  /** Sends a copy of the message with these changes, before the outcome. Resolves once Node-RED had its turn, so that a
   *  long row of messages leaves it room. Not for a durable step: what went out is not in its journal. */
  emit(to: string, set: Outcome<[]>['set']): Promise<void>;
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
  log(text: string): void;
  /** One of the definition's `secrets`. @throws INPUT_MISSING when its environment variable is not set */
  secret(name: string): string | undefined;
  /** Serves paths below a prefix on Node-RED's HTTP server until the node closes.
   *  @throws INPUT_CONFIG when another node serves one of them */
  serve(prefix: string, handlers: Record<string, CallHandler>): void;
  /** See FlowStarts. `isTouched`: the start touched the node, or one that its messages may come to. */
  flowsStarted(callback: (isTouched: () => boolean) => void): void;
  nodeExists(id: string): boolean;
  /** What people call a node of the flows, also one that is disabled; undefined for one that is gone. */
  nodeName(id: string): string | undefined;
  /** Why the flows that run stop unended runs of a workflow, as sentences. */
  stops(store: Store, workflow: string, isMeant: (run: UnendedRun) => boolean): Promise<string[]>;
  /** Work that goes on until `signal` aborts; closing waits for its end. */
  track(work: Promise<void>): void;
  /** Which node this is, for a person: its name, or its type and id. */
  owner: string;
  nodeId: string;
  /** A text of the node's own catalogue in the server's language. */
  say(key: string, values?: Record<string, string | number>): string;
};

/** A palette node as its file describes it: which inputs, which call, which outputs. */
export interface NodeDefinition<U extends Uses, I extends Inputs, S extends Inputs, O extends readonly string[], L> {
  type: string;
  /** Configuration nodes, by property. */
  uses: U;
  /** Credentials of the node itself, all of them passwords; each can be the name of an environment variable instead,
   *  as in configuration nodes. */
  secrets?: readonly string[];
  /** Fields read for every message. */
  inputs: I;
  /** Outputs by meaning, in their order. */
  outputs: O;
  /** Outputs that the dialog makes, instead of these. */
  outputsOf?(saved: Saved): readonly O[number][];
  /** Messages may wait here for minutes; the status shows how many. */
  waits?: boolean;
  /** What the node does by itself shows the status; a message that succeeds leaves it as it is. */
  showsItself?: boolean;
  /** Fields read once, without a message. */
  settings?: S;
  /** Begins what the node does by itself; it ends when `signal` aborts. */
  start?(context: LiveContext<U, S, O>): Promise<L>;
  /** Handles one message. `null` sends nothing on; `Within` an outcome that is made in one transaction with rows of ours.
   *  What it throws reaches Catch once. */
  run(inputs: Values<I>, context: RunContext<U, L>): Promise<Returned<Outcome<O>>>;
  /** Inside a durable workflow, after an interruption: what the call did, if it happened; `null` when it has to be made.
   *  Not needed where `run` itself is safe to repeat. 'no effect': it changes nothing but rows of ours that are written with its
   *  result, so its intent need not wait for the disk. */
  reconcile?: ((inputs: Values<I>, context: RunContext<U, L>) => Promise<Outcome<O> | null>) | 'no effect';
  /** False for a node that is no step even inside a workflow. */
  durable?: boolean;
  /** The messages of a run that come to it are one step: `run` is called for the first of them, and the outcome says what
   *  goes on. Its catalogue says `warning.late` and `status.tooLate` of one that comes after that. */
  joins?: boolean;
  /** What the status says between messages because of how the flows are wired: a text of the catalogue, or null. Asked each
   *  time the flows have started, with all nodes that run. */
  notice?(flows: readonly SavedNode[], self: string): string | null;
  /** What the dialog may know from the runtime, as `RED.settings.<name>`; names begin with the type in camel case. */
  facts?: Facts;
}
