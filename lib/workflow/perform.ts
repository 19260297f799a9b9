import type { Clock } from '../async/clock';
import { AdapterError } from '../errors';
import type { StepId, StepKey, StepWaits } from '../state/tables/step';
import type { Failure } from '../state/tables/workflow';
import { digestsOf } from './digest';
import type { Journal, Made, Past } from './journal';
import { nextTry, type RetryPolicy } from './retry-policy';

/** One durable step: what it does, and how it finds out whether it did it already. */
export interface Effect<O> {
  key: StepKey;
  label: string;
  inputs: Record<string, unknown>;
  /** A digest of where each input came from that the message decided. */
  sources?: Record<string, string>;
  /** False when the intent need not survive a power cut, because the step does nothing that would have to be found out. */
  hasEffect: boolean;
  /** The call. */
  act(begun: BegunEffect): Promise<Made<O>>;
  /** After an interruption: the outcome if the call happened since that time, `null` to act (again). */
  lookUp: ((since: number) => Promise<Made<O> | null>) | null;
}

/** A step as its journal has it. */
export interface BegunEffect {
  step: StepId;
  /** When it was first intended (ms UTC), for deadlines that outlive a restart. */
  since: number;
  /** What an earlier pass waited for. */
  waited: StepWaits | null;
  /** Notes what it waits for. */
  waits(waits: StepWaits): Promise<void>;
}

/** A step recorded as failed fails again with the same message until the run is resumed. */
export class RecordedFailure extends AdapterError {}

/** Does a step once: answers from the journal, finds out what an interrupted one did, or acts.
 *  @throws what the effect throws once its attempts are used up; the failure is recorded then. */
export async function performStep<O>(
  journal: Journal,
  effect: Effect<O>,
  policy: RetryPolicy,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ outcome: O; step: StepId }> {
  const past = await intend(journal, effect);
  if (past.state === 'done') return { outcome: past.outcome as O, step: past.step };
  if (past.state === 'failed') throw new RecordedFailure(past.failure.code, past.failure.message, past.failure.cause);
  let lookUp = past.state === 'interrupted' ? effect.lookUp : null;
  const { step, since, waited } = past;
  const begun = { step, since, waited, waits: (waits: StepWaits) => journal.waits(step, waits) };
  const lookSince = past.state === 'interrupted' ? past.lookSince : past.since;
  // A crash or a deploy is not a failure of the call and uses up no attempt.
  const failedBefore = waited?.for === 'retry' ? (waited.tries ?? 0) : 0;
  for (let attempt = failedBefore + 1; ; attempt += 1) {
    try {
      const found = lookUp ? await lookUp(lookSince) : null;
      const made = found ?? (await effect.act(begun));
      return { outcome: await journal.conclude(step, made), step };
    } catch (error) {
      if (signal.aborted || isSuperseded(error)) throw error; // stays intended: the next pass finds out
      const delayMs = nextTry(error, attempt, policy);
      if (delayMs === null) {
        await journal.fail(step, toFailure(error, effect.label));
        throw error;
      }
      lookUp = effect.lookUp; // a failed attempt may have had its effect all the same
      const { message } = toFailure(error, effect.label);
      await journal.waits(step, { for: 'retry', subject: message, until: clock.now() + delayMs, tries: attempt });
      await clock.sleep(delayMs, signal);
    }
  }
}

/** Writes the intent. A step that cannot begin stops its run, unless the message is of an older pass. */
async function intend<O>(journal: Journal, { key, label, inputs, sources = {}, hasEffect }: Effect<O>): Promise<Past> {
  try {
    return await journal.intend(key, label, digestsOf(inputs), { relaxed: !hasEffect, sources });
  } catch (error) {
    if (!isSuperseded(error)) await journal.stop(toFailure(error, label));
    throw error;
  }
}

/** The message is of an older pass, or its run has ended. */
export const isSuperseded = (error: unknown): boolean =>
  error instanceof AdapterError && error.code === 'STATE_RUN_ENDED';

/** What a run keeps of an error. */
export function toFailure(error: unknown, step: string): Failure {
  const known =
    error instanceof AdapterError
      ? error
      : new AdapterError('INTERNAL', error instanceof Error ? error.message : String(error));
  return { code: known.code, message: known.message, cause: known.cause, step };
}
