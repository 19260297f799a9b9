import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { systemClock } from '../../lib/async/clock';
import { nextTurn } from '../../lib/async/event-loop';
import type { CallHandler } from '../../lib/calls/handler';
import { AdapterError } from '../../lib/errors';
import { upToDate } from '../../lib/settings-version';
import type { Gathering } from '../../lib/workflow/gathering';
import type { BegunEffect } from '../../lib/workflow/perform';
import { addFailure, setPosition } from '../../lib/workflow/position';
import type { NodeDefinition, RunContext } from '../define-node';
import { deployedNodes, nodeName } from '../flows/deployed';
import { FlowStarts } from '../flows/flow-starts';
import { leadsOn } from '../flows/reach';
import { isTouched } from '../flows/touched';
import { flowWires } from '../flows/wires';
import { comparedOf, type Inputs } from '../inputs';
import type { AdapterMessage } from '../message';
import { serve } from '../node/endpoints';
import { evaluate, type Saved } from '../node/evaluate';
import { failureOf, shortOf } from '../node/failure';
import { fitted } from '../node/fit';
import { HeldHandles, type Uses } from '../node/handles';
import { secretOf } from '../node/secret';
import { type ShowStatus, statusOf } from '../node/status';
import { say, sayOwn } from '../node/texts';
import { Waits } from '../node/waits';
import { durably, placeInRun, placeName, type StepOutcome, settled } from '../run/durable';
import { comeTogether } from '../run/join';
import { lostRun } from '../run/lost-messages';
import { beStep, sourcesOf, stepNow } from '../run/step-now';
import { reasonsNow } from '../run/stops';

const startRetryMs = 5_000;

/** One deployed node of a definition. */
export class RunningNode<U extends Uses, I extends Inputs, S extends Inputs, O extends readonly string[], L> {
  private readonly closing = new AbortController();
  private readonly handles: HeldHandles<U>;
  private readonly status: ShowStatus;
  private readonly inFlight = new Set<Promise<void>>();
  private live: Promise<L | undefined> = Promise.resolve(undefined);
  private readonly waits: Waits;
  /** Messages being handled now. */
  private atWork = 0;
  /** Why `start` has not succeeded yet. */
  private notStarted: AdapterError | undefined;
  private readonly saved: Saved;
  private readonly outputs: readonly O[number][];
  private readonly sources: Record<string, string>;
  /** Why the saved settings cannot be read at all. */
  private readonly unreadable: unknown;

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    saved: NodeDef & Saved,
    private readonly definition: NodeDefinition<U, I, S, O, L>,
  ) {
    this.saved = saved;
    this.outputs = definition.outputs;
    try {
      this.saved = upToDate(definition.type, saved);
      this.outputs = definition.outputsOf?.(this.saved) ?? definition.outputs;
    } catch (error) {
      this.unreadable = error;
    }
    const { type, inputs, joins, durable } = definition;
    const compared = joins ? {} : inputs; // whatever comes to a join, it is one step
    this.sources = sourcesOf(compared, this.saved);
    if (durable !== false)
      beStep(node, async (saved = this.saved) => stepNow(RED, node, compared, upToDate(type, saved)));
    this.handles = new HeldHandles(RED, definition.uses, this.saved);
    this.status = statusOf(RED, node);
    this.waits = new Waits(RED, () => this.showBusy());
  }

  listen(): void {
    const { node } = this;
    node.on('input', (msg, send, done) => this.track(this.handle(msg, send, done)));
    node.on('close', (done: () => void) => {
      this.close().then(done, done);
    });
    if (this.handles.missing()) this.status('notConfigured');
    else if (this.definition.start) {
      this.live = this.begin(this.definition.start, new FlowStarts(this.RED, this.closing.signal));
      this.track(this.live.then(() => undefined));
    }
    if (this.definition.notice) this.watchFlows(this.definition.notice);
  }

  /** What is under way has the status, and what is done keeps it. */
  private watchFlows(notice: NonNullable<NodeDefinition<U, I, S, O, L>['notice']>): void {
    let shown: string | null = null;
    new FlowStarts(this.RED, this.closing.signal).onEach(() => {
      const found = notice(deployedNodes(this.RED), this.node.id);
      if (this.atWork > 0 || found === shown || this.handles.missing()) return;
      shown = found;
      if (found === null) this.status('nothing');
      else this.status('alarm', { text: this.sayOwn(found, {}) });
    });
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
      outcome = await this.run(msg, send);
    } catch (error) {
      if (signal.aborted) {
        // Not failed and not completed: the deploy interrupted it, so neither Catch nor Complete may claim it.
        this.node.warn(say(this.RED, 'interrupted', { id: msg._msgid ?? '' }));
        return;
      }
      if (error instanceof AdapterError && error.code === 'STATE_RUN_ENDED') {
        // Another message took its place, or the run was cancelled: there is nothing left to report about this one.
        this.node.warn(error.message);
        if (error.cause.details) this.status('alarm', { text: say(this.RED, 'status.cutOff') });
        else this.showRest(this.atWork - 1);
        return;
      }
      const failure = failureOf(this.RED, error);
      this.status('failed', { code: shortOf(failure) });
      const run = failure.cause.run;
      if (run) addFailure(msg, placeName(run.node, run.visit));
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
      for (const place of outcome.carries?.failures ?? []) addFailure(msg, place);
      send(this.toOutput(outcome.to, msg));
    }
    done();
  }

  private async run(
    msg: NodeMessage & AdapterMessage,
    send: (msg: Array<NodeMessage | null>) => void,
  ): Promise<StepOutcome | null> {
    const { definition, saved, node } = this;
    if (this.unreadable) throw this.unreadable;
    // What two runs were mixed into may not even have the inputs.
    const place = definition.durable === false ? undefined : await placeInRun(msg, node.name || definition.type);
    const { origins, before } = flowWires(this.RED);
    if (!place && definition.durable !== false && origins.onlyRuns(node.id)) throw lostRun();
    const joining = definition.joins && place ? await comeTogether(this.RED, msg, place, node) : undefined;
    if (joining?.is === 'too late') this.tellLate(joining.about);
    if (joining && joining.is !== 'first') return null;
    const handles = await this.handles.all();
    const inputs = () => evaluate(this.RED, node, definition.inputs, saved, msg);
    const live = await this.whatStarted();
    const context = (
      since: number,
      signal = this.closing.signal,
      begun: BegunEffect | null = null,
    ): RunContext<U, L> => ({
      ...handles,
      signal,
      status: this.status,
      waitFor: (name, until, what = 'propagation') => {
        void begun?.waits({ for: what, subject: name, until });
        return this.waits.begin({ name, until });
      },
      warn: (text: string) => node.warn(text),
      msg: { ...msg },
      live,
      actor: node.name || definition.type,
      nodeId: node.id,
      join: joining?.join,
      isFed: origins.onlyFeeds(node.id),
      since,
      begun,
      say: (key, values) => this.sayOwn(key, values),
      emit: (output: string, set: Record<string, unknown>) => {
        const copy = this.RED.util.cloneMessage(msg);
        change(copy, set);
        send(this.toOutput(output, copy));
        return nextTurn();
      },
    });
    if (!place) return settled(await definition.run(await inputs(), context(systemClock.now())));
    const { reconcile } = definition;
    const doing = durably({ ...msg }, place, {
      node: node.id,
      label: node.name || definition.type,
      inputs,
      compared: values => comparedOf(definition.inputs, values),
      sources: this.sources,
      act: (values, begun, signal) => definition.run(values, context(begun.since, signal, begun)),
      flowBefore: before.digestAt(node.id),
      hasEffect: reconcile !== 'no effect',
      lookUp:
        typeof reconcile === 'function' ? (values, since, signal) => reconcile(values, context(since, signal)) : null,
      signal: this.closing.signal,
      outputOf: to => (to === null ? 0 : this.outputs.indexOf(to)),
      leadsOn: output => leadsOn(this.RED, node, output),
      partsAt: output => flowWires(this.RED).partAt(node.id, output),
      gathering: joining?.join.gathering,
    });
    return joining ? this.joined(doing, joining.join.gathering, place.key) : doing;
  }

  private async joined(doing: Promise<StepOutcome | null>, gathering: Gathering, key: string) {
    const outcome = await doing.catch(error => {
      gathering.fail();
      throw error;
    });
    for (const { name } of gathering.missed) this.tellLate({ name, key });
    return outcome;
  }

  /** A branch of a run that came to the join after it had gone on. */
  private tellLate(about: { name: string; key: string }): void {
    this.node.warn(this.sayOwn('warning.late', about));
    this.status('alarm', { text: this.sayOwn('status.tooLate', { name: about.name }) });
  }

  /** @throws INPUT_CONFIG when `start` failed; it said why then. While it is tried again: that failure. */
  private async whatStarted(): Promise<L> {
    if (this.notStarted?.cause.retryable) throw this.notStarted;
    const live = await this.live;
    if (live === undefined && this.definition.start) {
      throw new AdapterError('INPUT_CONFIG', 'The node could not start; its error after the deploy says why.');
    }
    return live as L;
  }

  private async begin(
    start: NonNullable<NodeDefinition<U, I, S, O, L>['start']>,
    starts: FlowStarts,
  ): Promise<L | undefined> {
    const { RED, node, saved, definition } = this;
    const { signal } = this.closing;
    const owner = node.name || `${definition.type} ${node.id}`;
    for (;;) {
      try {
        if (this.unreadable) throw this.unreadable;
        const handles = await this.handles.all();
        const settings = await evaluate(RED, node, (definition.settings ?? {}) as S, saved);
        if (signal.aborted) return undefined; // what is told of the end only now would never hear of it
        const live = await start({
          ...handles,
          settings,
          signal,
          status: this.status,
          send: (output: O[number], message: NodeMessage & AdapterMessage) => {
            if (message.workflow) setPosition(message, message.workflow);
            node.send(this.toOutput(output, message));
          },
          fail: (error: unknown, message?: Record<string, unknown>) => this.report(error, message),
          warn: (text: string) => node.warn(text),
          log: (text: string) => node.log(text),
          secret: (name: string) => secretOf(RED, node, saved, node.credentials ?? {}, name),
          serve: (prefix: string, handlers: Record<string, CallHandler>) => serve(RED, prefix, handlers, owner, signal),
          flowsStarted: (callback: (touches: () => boolean) => void) =>
            starts.onEach(start => callback(() => isTouched(RED, node.id, start))),
          nodeExists: (id: string) => Boolean(RED.nodes.getNode(id)),
          nodeName: (id: string) => nodeName(RED, id),
          stops: (store, workflow, isMeant) => reasonsNow(RED, store, workflow, isMeant),
          track: (work: Promise<void>) => this.track(work),
          owner,
          nodeId: node.id,
          say: (key, values) => this.sayOwn(key, values),
        });
        this.notStarted = undefined;
        return live;
      } catch (error) {
        if (signal.aborted) return undefined;
        const failure = error instanceof AdapterError ? error : failureOf(RED, error);
        // Once for each reason, not at every try.
        if (failure.code !== this.notStarted?.code) this.reportStart(error, starts);
        this.notStarted = failure;
        if (!failure.cause.retryable) return undefined;
        await systemClock.sleep(startRetryMs, signal).catch(() => undefined); // an abort ends the loop below
        if (signal.aborted) return undefined;
      }
    }
  }

  /** Catch nodes that come after this node in the flow are only there once the flows have started. */
  private reportStart(error: unknown, starts: FlowStarts): void {
    this.status('failed', { code: shortOf(failureOf(this.RED, error)) });
    let isTold = false;
    starts.onEach(() => {
      if (!isTold) this.report(error);
      isTold = true;
    });
  }

  private report(error: unknown, message: Record<string, unknown> = {}): void {
    const failure = failureOf(this.RED, error);
    this.status('failed', { code: shortOf(failure) });
    // Without a message object no Catch node would see it; the Error itself keeps its code and cause.
    this.node.error(failure, { topic: this.definition.type, ...message });
  }

  /** Texts of a status have room for what `fitted` leaves of a name. */
  private sayOwn(key: string, values: Record<string, string | number> = {}): string {
    const of = (fitting: Record<string, string | number>) => sayOwn(this.RED, key, fitting);
    return key.startsWith('status.') && 'name' in values ? fitted(of, values, 'name') : of(values);
  }

  private showBusy(): void {
    if (this.definition.showsItself) return;
    const text = this.waits.text();
    if (text !== null) this.status('waiting', { text });
    else if (this.definition.waits) this.status('waiting', { count: this.atWork });
    else this.status('working');
  }

  /** After a message that came to nothing. */
  private showRest(atWork: number): void {
    if (atWork > 0) this.showBusy();
    else if (!this.definition.showsItself) this.status('nothing');
  }

  private showDone({ status: text, look = 'done' }: StepOutcome): void {
    if (this.definition.showsItself) return;
    if (text === undefined) this.status('nothing');
    else this.status(look, { text });
  }

  /** `null` stands for the first output. */
  private toOutput(output: string | null, msg: NodeMessage): Array<NodeMessage | null> {
    return this.outputs.map((name, index) => ((output === null ? index === 0 : name === output) ? msg : null));
  }
}

function change(msg: Record<string, unknown>, { ...set }: StepOutcome['set']): void {
  if ('workflow' in set) setPosition(msg, set.workflow);
  delete set.workflow;
  for (const [name, value] of Object.entries(set)) {
    if (value === undefined) delete msg[name];
    else msg[name] = value;
  }
}
