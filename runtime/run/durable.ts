import { AdapterError } from '../../lib/errors';
import type { Store, TransactionOptions, Tx } from '../../lib/state/port';
import { branchOrder, flowBefore } from '../../lib/workflow/digest';
import type { Carried, Gathering } from '../../lib/workflow/gathering';
import type { Made } from '../../lib/workflow/journal';
import { type BegunEffect, isSuperseded, performStep, toFailure } from '../../lib/workflow/perform';
import { type Place, type Position, placeOf, positionsOf, stepName, wayOf } from '../../lib/workflow/position';
import { isKept, propertyDigests } from '../../lib/workflow/property-digests';
import { checked } from '../../lib/workflow/storable';
import { hint } from '../hints';
import type { AdapterMessage } from '../message';
import type { StatusName } from '../node/status';
import { activeAt, activeRuns } from './active-run';

/** What a node made of a message: where it goes on (`null`: the first output), and which properties change. */
export interface StepOutcome {
  to: string | null;
  set: Record<string, unknown>;
  status?: string;
  look?: StatusName;
  /** Of a join: what the message has of its branches, and nothing but this and what is set. */
  carries?: Carried;
  /** Asked again in a later pass, as long as no step came after it. */
  mayChange?: true;
}

/** An outcome made inside a transaction of the store, because rows of ours must be written with it or not at all. */
export class Within<O> {
  constructor(
    readonly store: Store,
    readonly work: (tx: Tx) => Promise<O>,
    readonly options: TransactionOptions = {},
    /** What others in this process hear of it: `work` may run again. */
    readonly committed: () => void = () => undefined,
  ) {}

  async run(): Promise<O> {
    const outcome = await this.store.transaction(this.work, this.options);
    this.committed();
    return outcome;
  }
}

/** What a node's `run` may return. */
export type Returned<O> = O | Within<O> | null;

/** The outcome of a node outside a run. */
export function settled<O>(returned: Returned<O>): O | null | Promise<O> {
  return returned instanceof Within ? returned.run() : returned;
}

export interface DurableStep<I> {
  node: string;
  label: string;
  /** @throws what fails the run as the step itself would */
  inputs(): Promise<I>;
  /** Those of them by which a step is known. */
  compared(inputs: I): Record<string, unknown>;
  /** The nodes before it as they are set, in a digest. */
  flowBefore: string;
  /** Where those of them come from that the message decides. */
  sources: Record<string, string>;
  hasEffect: boolean;
  act(inputs: I, begun: BegunEffect, signal: AbortSignal): Promise<Returned<StepOutcome>>;
  lookUp: ((inputs: I, since: number, signal: AbortSignal) => Promise<Returned<StepOutcome>>) | null;
  /** Aborts when the node closes. */
  signal: AbortSignal;
  outputOf(to: string | null): number;
  /** Whether a message that leaves this output can come to a step or an end. */
  leadsOn(output: number): boolean;
  /** Whether its ways part behind this output and come together in a join. */
  partsAt(output: number): boolean;
  /** Of a join: what has come of the run. */
  gathering: Gathering | undefined;
}

/** Where a message is; `undefined` outside a run.
 *  @throws STATE_RUNS_MIXED when it carries parts of several runs, all of which are failed then */
export async function placeInRun(msg: AdapterMessage, step: string): Promise<Place | undefined> {
  try {
    return placeOf(msg);
  } catch (error) {
    const active = new Set(positionsOf(msg).flatMap(({ id }) => activeRuns.get(id) ?? []));
    await Promise.all([...active].map(({ journal }) => journal.stop(toFailure(error, step)).catch(unlessSuperseded)));
    hint('runs', 'overview');
    throw error;
  }
}

/** Does one node of a run as a durable step: the journal answers, or the call is made and recorded. A failure names the
 *  run and the step in `cause.run`.
 *  @throws STATE_RUN_ENDED for a message of an older pass or an ended run. */
export async function durably<I extends Record<string, unknown>>(
  msg: Record<string, unknown>,
  place: Place,
  step: DurableStep<I>,
): Promise<StepOutcome | null> {
  const { ways, ...where } = place;
  const active = await activeAt(where, step.label);
  const visit = (where.visits[step.node] ?? 0) + 1;
  const { label, hasEffect, lookUp, gathering } = step;
  // A join is one step whichever branch comes first, and its result, once recorded, stays.
  const key = { node: step.node, visit, cameFrom: gathering ? '' : wayOf(ways, partOf(msg)) };
  const compared = (inputs: I) =>
    gathering
      ? {}
      : {
          ...step.compared(inputs),
          ...(ways.length > 1 ? { [branchOrder]: ways } : {}),
          [flowBefore]: step.flowBefore,
        };
  const doing = active.during(step.signal, async signal => {
    const inputs = await step
      .inputs()
      .catch(error => active.journal.stop(toFailure(error, label)).then(() => fail(error)));
    return performStep<Recorded | null>(
      active.journal,
      {
        ...{ key, label, hasEffect },
        inputs: compared(inputs),
        sources: step.sources,
        act: async begun => recording(await step.act(inputs, begun, signal), active.store),
        lookUp: lookUp && (async since => found(await lookUp(inputs, since, signal), active.store)),
      },
      active.policy,
      active.clock,
      signal,
    );
  });
  hint('runs', 'overview');
  const begun = active.branches.begin(label, placeName(step.node, visit), ways, doing);
  try {
    const { outcome, step: done } = await doing;
    const last = stepName(done);
    hint('runs', 'overview');
    // A skipped join goes on with the first branch alone.
    gathering?.goOn(outcome?.carries ?? { ways: [...ways], visits: {}, failures: [], leftOut: [] });
    if (outcome?.carries && outcome.carries.failures.length > 0) await active.journal.goOn();
    const visits = { ...(outcome?.carries?.visits ?? where.visits), [step.node]: visit };
    const sent = outcome && replayed(outcome, { ...where, visits, last }, msg);
    const output = sent && step.outputOf(sent.to);
    begun.done(last, {
      output,
      leadsOn: () => output !== null && step.leadsOn(output),
      ...(sent && output !== null && step.partsAt(output) ? { digests: propertyDigests({ ...msg, ...sent.set }) } : {}),
      ...(sent?.carries ? { ways: [...sent.carries.ways, ...sent.carries.leftOut] } : {}),
    });
    return sent;
  } catch (error) {
    if (step.signal.aborted || isSuperseded(error)) {
      begun.givenUp();
      throw error;
    }
    begun.failed(toFailure(error, label));
    // In a later pass the join may go on before the failure that it reports comes again.
    if (active.gatherings.tell(placeName(step.node, visit))) await active.journal.goOn().catch(unlessSuperseded);
    hint('runs', 'overview');
    if (!(error instanceof AdapterError)) throw error;
    // Only a deploy can mend a changed step, and each start looks again: once the flow is put back nothing is left to do by hand.
    if (error.code !== 'STATE_STEP_CHANGED') active.policy.onFailure(active.run);
    const run = { id: where.id, key: where.key, step: label, node: step.node, visit };
    const failure = new AdapterError(error.code, error.message, { ...error.cause, run });
    if (error.stack) failure.stack = error.stack;
    throw failure;
  }
}

function unlessSuperseded(error: unknown): void {
  if (!isSuperseded(error)) throw error;
}

function fail(error: unknown): never {
  throw error;
}

/** A failure, as a message that tells of it names it. */
export const placeName = (node: string, visit: number): string => `${node}:${visit}`;

/** Messages that were split before the node are told apart by their place, which a later pass gives again. */
function partOf(msg: Record<string, unknown>): string | undefined {
  const parts = msg.parts;
  return typeof parts === 'object' && parts !== null && 'index' in parts ? String(parts.index) : undefined;
}

/** An outcome as the journal keeps it: what JSON has no word for, a property that is removed, is listed apart. */
type Recorded = StepOutcome & { unset?: string[] };

async function recording(returned: Returned<StepOutcome>, store: Store): Promise<Made<Recorded | null>> {
  if (!(returned instanceof Within)) return { outcome: returned && recorded(returned) };
  const { work, options, committed } = returned;
  if (returned.store === store) return { within: async tx => recorded(await work(tx)), options, committed };
  // Not inside the transaction of the run: that may run again, and would wait for the other store meanwhile.
  return { outcome: recorded(await returned.run()) };
}

async function found(returned: Returned<StepOutcome>, store: Store): Promise<Made<Recorded | null> | null> {
  return returned === null ? null : recording(returned, store);
}

function recorded(outcome: StepOutcome): Recorded {
  const entries = Object.entries(outcome.set);
  const kept = entries.filter(([, value]) => value !== undefined);
  for (const [name, value] of kept) checked(value, `msg.${name}`, new Set());
  return {
    ...outcome,
    set: Object.fromEntries(kept),
    unset: entries.filter(([, value]) => value === undefined).map(([name]) => name),
  };
}

/** From the journal back to an outcome; the position moves on with it. */
function replayed(outcome: Recorded, workflow: Position, msg: Record<string, unknown>): StepOutcome {
  const { unset = [], set, ...rest } = outcome;
  const gone = rest.carries ? Object.keys(msg).filter(name => !(name in set) && isKept(name, msg[name])) : unset;
  const removed = Object.fromEntries(gone.map(name => [name, undefined]));
  return { ...rest, set: { ...set, ...removed, workflow } };
}
