import { yieldToLoop } from '../async/event-loop';
import type { Store } from '../state/port';
import { type RecordedStep, recordedSteps, type UnendedRun, unendedRuns } from '../state/tables/recorded-steps';
import { branchOrder, changedInputs } from './digest';

/** What a node would do as a step. */
export interface StepNow {
  /** A digest for each input that no message decides. */
  fixed: Record<string, string>;
  /** A digest of where each other one comes from. */
  sources: Record<string, string>;
}

/** Stands for the digest of an input that can no longer be read. */
export const unreadable = '!';

/** Why the flows stop a run. `gone`: it stands at a node that no longer exists. `replaced`: a node that did one of its steps no
 *  longer exists, and the node in its place would act again. `changed`: an input differs from the recorded one. `elsewhere`:
 *  an input comes from another place, so only its value will tell. `start`: its start node no longer exists. */
export type StopReason = 'start' | 'gone' | 'changed' | 'elsewhere' | 'replaced';

/** What is wrong at one node, and for which runs. */
export interface Stop {
  why: StopReason;
  /** Its name as the runs have it; empty for a start node. */
  step: string;
  node: string;
  /** The inputs. */
  fields: string[];
  workflow: string;
  /** How many runs it stops. */
  count: number;
  /** Of the first of them. */
  keys: string[];
}

/** What the flows have for a node: `gone`: nothing; undefined: something that this check does not judge. */
export type NodeNow = StepNow | 'gone' | undefined;

/** Runs read in one transaction. */
const page = 100;
/** Keys in one sentence for people. */
const mostKeys = 5;

/** Which unended runs the flows would stop, of one workflow or (null) of all. Reads a part at a time. */
export async function stopsOf(
  store: Store,
  only: string | null,
  { isMeant, now }: { isMeant(run: UnendedRun): boolean; now(node: string): NodeNow | Promise<NodeNow> },
): Promise<Stop[]> {
  const stops = new Map<string, Stop>();
  const known = new Map<string, NodeNow>();
  const nowOf = async (node: string) => {
    if (!known.has(node)) known.set(node, await now(node));
    return known.get(node);
  };
  let after = { workflow: '', key: '' };
  for (;;) {
    const rows = await store.transaction(
      async tx => {
        const runs = await unendedRuns(tx, only, after, page);
        return Promise.all(
          runs.map(async run => ({ run, steps: isMeant(run) ? await recordedSteps(tx, run.id) : [] })),
        );
      },
      { relaxed: true },
    );
    for (const { run, steps } of rows) await lookAt(run, steps, nowOf, stops);
    const last = rows.at(-1)?.run;
    if (!last || rows.length < page) return [...stops.values()];
    after = { workflow: last.workflow, key: last.key };
    await yieldToLoop();
  }
}

/** Adds what is wrong for one run to `stops`. */
async function lookAt(
  run: UnendedRun,
  steps: readonly RecordedStep[],
  now: (node: string) => NodeNow | Promise<NodeNow>,
  stops: Map<string, Stop>,
): Promise<void> {
  const seen = new Set<string>();
  const note = (stop: Pick<Stop, 'why' | 'step' | 'node' | 'fields'>) => {
    const name = JSON.stringify([stop.why, stop.node, stop.fields, run.workflow]);
    if (seen.has(name)) return; // counted once a run, however often the run comes to that node
    seen.add(name);
    const known = stops.get(name) ?? { ...stop, workflow: run.workflow, count: 0, keys: [] };
    known.count += 1;
    if (known.keys.length < mostKeys) known.keys.push(run.key);
    stops.set(name, known);
  };
  if (run.startNode !== null && (await now(run.startNode)) === 'gone')
    note({ why: 'start', step: '', node: run.startNode, fields: [] });
  // It has stopped there already, and said so.
  const hasStopped = run.failure?.code === 'STATE_STEP_CHANGED';
  for (const step of steps) {
    const { node, label } = step;
    const is = await now(node);
    if (is === undefined) continue;
    if (is === 'gone') note({ why: step.isDone ? 'replaced' : 'gone', step: label, node, fields: [] });
    else if (!hasStopped) {
      const { changed, elsewhere } = changesOf(step, is);
      if (changed.length > 0) note({ why: 'changed', step: label, node, fields: changed });
      else if (elsewhere.length > 0) note({ why: 'elsewhere', step: label, node, fields: elsewhere });
    }
  }
}

/** Inputs that differ from what was recorded, and those that come from elsewhere. */
export function changesOf(
  { inputs, sources }: Pick<RecordedStep, 'inputs' | 'sources'>,
  now: StepNow,
): { changed: string[]; elsewhere: string[] } {
  if (inputs === null) return { changed: [], elsewhere: [] };
  const before = Object.fromEntries(
    Object.entries(inputs).filter(([name]) => name !== branchOrder && !(name in now.sources)),
  );
  const elsewhere = Object.entries(now.sources).filter(
    // An input that no record has was added by a newer version.
    ([name, digest]) => sources !== null && name in inputs && sources[name] !== digest,
  );
  return { changed: changedInputs(before, now.fixed), elsewhere: elsewhere.map(([name]) => name).sort() };
}
