import type { NodeMessage } from 'node-red';
import { systemClock } from '../../lib/async/clock';
import { nextTurn } from '../../lib/async/event-loop';
import { upToDate } from '../../lib/settings-version';
import type { Gathering } from '../../lib/workflow/gathering';
import type { BegunEffect } from '../../lib/workflow/perform';
import { type Place, setPosition } from '../../lib/workflow/position';
import { leadsOn } from '../flows/reach';
import { flowWires } from '../flows/wires';
import { comparedOf, type Inputs, type Values } from '../inputs';
import type { AdapterMessage } from '../message';
import { evaluate } from '../node/evaluate';
import type { Uses } from '../node/handles';
import { type DurableStep, durably, placeInRun, type StepOutcome, settled } from '../run/durable';
import { comeTogether, type Join } from '../run/join';
import { lostRun } from '../run/lost-messages';
import { beStep, sourcesOf, stepNow } from '../run/step-now';
import type { RunContext } from './definition';
import type { DeployedNode } from './deployed-node';

export type Message = NodeMessage & AdapterMessage & Record<string, unknown>;
export type Send = (msg: Array<NodeMessage | null>) => void;

type ContextOf<U extends Uses, L> = (
  since: number,
  signal?: AbortSignal,
  begun?: BegunEffect | null,
) => RunContext<U, L>;

/** What a node does for one message: as a step of its run, or at once outside of one. */
export class MessageWork<U extends Uses, I extends Inputs, S extends Inputs, O extends readonly string[], L> {
  readonly #deployed: DeployedNode<U, I, S, O, L>;
  readonly #whatStarted: () => Promise<L>;
  readonly #sources: Record<string, string>;

  constructor(deployed: DeployedNode<U, I, S, O, L>, whatStarted: () => Promise<L>) {
    this.#deployed = deployed;
    this.#whatStarted = whatStarted;
    const { RED, node, saved, definition } = deployed;
    const { type, inputs, joins, durable } = definition;
    const compared = joins ? {} : inputs; // whatever comes to a join, it is one step
    this.#sources = sourcesOf(compared, saved);
    if (durable !== false)
      beStep(node, async (settings = saved) => stepNow(RED, node, compared, upToDate(type, settings)));
  }

  /** What becomes of the message; null: nothing goes on.
   *  @throws STATE_RUN_ENDED for a message of an older pass or an ended run; what the node's `run` throws */
  async outcomeOf(msg: Message, send: Send): Promise<StepOutcome | null> {
    const deployed = this.#deployed;
    const { RED, node, saved, definition } = deployed;
    deployed.checkSettings();
    // Before its inputs are read: the message of two runs mixed into one may not even have them.
    const place = definition.durable === false ? undefined : await placeInRun(msg, deployed.label);
    const { origins, before } = flowWires(RED);
    if (!place && definition.durable !== false && origins.onlyRuns(node.id)) throw lostRun();
    const joining = definition.joins && place ? await comeTogether(RED, msg, place, node) : undefined;
    if (joining?.is === 'too late') this.#tellLate(joining.about);
    if (joining && joining.is !== 'first') return null;
    const inputs = () => evaluate(RED, node, definition.inputs, saved, msg);
    const context = await this.#contextFor(msg, send, joining?.join, origins.onlyFeeds(node.id));
    if (!place) return settled(await definition.run(await inputs(), context(systemClock.now())));
    const doing = durably(
      { ...msg },
      place,
      this.#step(inputs, context, before.digestAt(node.id), joining?.join.gathering),
    );
    return joining ? this.#joined(doing, joining.join.gathering, place) : doing;
  }

  async #contextFor(msg: Message, send: Send, join: Join | undefined, isFed: boolean): Promise<ContextOf<U, L>> {
    const deployed = this.#deployed;
    const { RED, node, display } = deployed;
    const handles = await deployed.handles.all();
    const live = await this.#whatStarted();
    return (since, signal = deployed.signal, begun = null) => ({
      ...handles,
      signal,
      status: display.status,
      waitFor: (name, until, what = 'propagation') => {
        void begun?.waits({ for: what, subject: name, until });
        return display.waitFor(name, until);
      },
      warn: (text: string) => node.warn(text),
      msg: { ...msg },
      live,
      actor: deployed.label,
      nodeId: node.id,
      join,
      isFed,
      since,
      begun,
      say: (key, values) => deployed.say(key, values),
      emit: (output: string, set: Record<string, unknown>) => {
        const copy = RED.util.cloneMessage(msg);
        change(copy, set);
        send(deployed.toOutput(output, copy));
        return nextTurn();
      },
    });
  }

  #step(
    inputs: () => Promise<Values<I>>,
    context: ContextOf<U, L>,
    flowBefore: string,
    gathering: Gathering | undefined,
  ): DurableStep<Values<I>> {
    const { RED, node, definition, label, signal, outputs } = this.#deployed;
    const { reconcile } = definition;
    return {
      node: node.id,
      label,
      inputs,
      compared: values => comparedOf(definition.inputs, values),
      sources: this.#sources,
      act: (values, begun, signal) => definition.run(values, context(begun.since, signal, begun)),
      flowBefore,
      hasEffect: reconcile !== 'no effect',
      lookUp:
        typeof reconcile === 'function' ? (values, since, signal) => reconcile(values, context(since, signal)) : null,
      signal,
      outputOf: to => (to === null ? 0 : outputs.indexOf(to)),
      leadsOn: output => leadsOn(RED, node, output),
      partsAt: output => flowWires(RED).partAt(node.id, output),
      gathering,
    };
  }

  async #joined(doing: Promise<StepOutcome | null>, gathering: Gathering, { key }: Place) {
    const outcome = await doing.catch(error => {
      gathering.fail();
      throw error;
    });
    for (const { name } of gathering.missed) this.#tellLate({ name, key });
    return outcome;
  }

  /** A branch of a run that came to the join after it had gone on. */
  #tellLate(about: { name: string; key: string }): void {
    const { node, display } = this.#deployed;
    node.warn(this.#deployed.say('warning.late', about));
    display.status('alarm', { text: this.#deployed.say('status.tooLate', { name: about.name }) });
  }
}

/** Sets what an outcome changes on a message; what it sets to `undefined` is removed. */
export function change(msg: Record<string, unknown>, { ...set }: StepOutcome['set']): void {
  if ('workflow' in set) setPosition(msg, set.workflow);
  delete set.workflow;
  for (const [name, value] of Object.entries(set)) {
    if (value === undefined) delete msg[name];
    else msg[name] = value;
  }
}
