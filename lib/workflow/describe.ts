import type { StandingStep } from '../state/tables/run-list';
import type { Step, StepWaits } from '../state/tables/step';
import type { Failure, Run, RunState } from '../state/tables/workflow';

/** A run as people and flows see it. Times are ISO 8601 UTC. */
export interface RunDescription {
  id: string;
  workflow: string;
  key: string;
  state: RunState;
  startedAt: string;
  updatedAt: string;
  endedAt: string | null;
  /** Why it stopped; also of one that goes on beside it. */
  failure: Failure | null;
  result: unknown;
}

/** What a step made, for whoever has to clean up after a cancelled run. */
export interface StepDescription {
  step: string;
  state: Step['state'];
  visit: number;
  output: string | null;
  /** WAP's id of the plan or add-on the step left on the message. */
  planId: string | null;
  /** Billing's key of the offer the step left on the message. */
  offerKey: string | null;
}

/** Where a run stands: a step that is not done, and what it waits for. Times are ISO 8601 UTC. */
export interface StandingDescription {
  step: string;
  state: 'intended' | 'failed';
  /** When it began to wait there, restarts of the process aside. */
  since: string;
  waitsFor: StepWaits['for'] | null;
  /** The name, question or reason that goes with it. */
  subject: string | null;
  until: string | null;
}

/** A step that is not done, as people see it. */
export function describeStanding({ label, state, intendedAt, waits }: StandingStep): StandingDescription {
  return {
    step: label,
    state,
    since: new Date(intendedAt).toISOString(),
    waitsFor: waits?.for ?? null,
    subject: waits?.subject ?? null,
    until: waits === null || waits.until === null ? null : new Date(waits.until).toISOString(),
  };
}

/** A run as people see it; its message is left out, which may be large or hold what is not for everybody. */
export function describeRun(run: Run): RunDescription {
  return {
    id: run.id,
    workflow: run.name,
    key: run.key,
    state: run.state,
    startedAt: new Date(run.startedAt).toISOString(),
    updatedAt: new Date(run.updatedAt).toISOString(),
    endedAt: run.endedAt === null ? null : new Date(run.endedAt).toISOString(),
    failure: run.failure,
    result: run.result,
  };
}

/** A step with what it left on the message. */
export function describeStep({ label, state, visit, outcome }: Step): StepDescription {
  return {
    step: label,
    state,
    visit,
    output: textAt(outcome, 'to'),
    planId: textAt(outcome, 'set', 'wap', 'plan', 'Id'),
    offerKey: textAt(outcome, 'set', 'billing', 'offer', 'key'),
  };
}

/** A text deep inside a value of any shape; null where there is none. */
function textAt(value: unknown, ...path: string[]): string | null {
  let at: unknown = value;
  for (const name of path)
    at = typeof at === 'object' && at !== null ? Object.entries(at).find(([key]) => key === name)?.[1] : null;
  return typeof at === 'string' ? at : null;
}
