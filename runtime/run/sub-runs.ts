import type { Clock } from '../../lib/async/clock';
import { Wake } from '../../lib/async/wake';
import { AdapterError } from '../../lib/errors';
import type { Store } from '../../lib/state/port';
import type { Item } from '../../lib/workflow/items';
import type { RunOutcome, SubRuns } from '../../lib/workflow/sub-runs';
import { liveOn } from '../desk/live';
import { onHint } from '../hints';
import type { Workflow } from './workflow';

/** Where the runs of a list stand: so many of all. */
export interface Progress {
  ended: number;
  failed: number;
  all: number;
}

export interface EachWanted {
  store: Store;
  clock: Clock;
  signal: AbortSignal;
  /** The workflow whose runs they are. */
  name: string;
  items: Item[];
  /** On the message of each run: which run asks for it. */
  parent: { key: string; workflow: string };
  subRuns: SubRuns;
  /** So many are under way at once. */
  atOnce: number;
  oncePerKey: boolean;
  /** A failed run counts as ended. */
  withFailed: boolean;
  tell(progress: Progress): void;
}

/** After a start of the flows the other workflow may begin a little later. */
const startsWithinMs = 10_000;
/** However many runs end, they are counted this often; a change in another process is found after the longer time. */
const pauseMs = 200;
const lookAgainMs = 60_000;

/** Starts a run for each item that has none, a few at once, and waits until all have ended. */
export async function runEach(wanted: EachWanted): Promise<RunOutcome[]> {
  const { items, subRuns, clock, signal, atOnce, withFailed, tell } = wanted;
  const started = await subRuns.started();
  const left = items.flatMap((item, place) => (started.has(place) ? [] : [{ item, place }]));
  const wake = new Wake(clock);
  const end = () => wake.wake();
  const deaf = onHint('runs', end);
  signal.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { open, failed, ended, outcomes } = await subRuns.look(items, withFailed);
      tell({ ended, failed, all: items.length });
      if (outcomes) return outcomes;
      for (const { item, place } of left.splice(0, Math.max(0, atOnce - open))) await begin(wanted, item, place);
      await clock.sleep(pauseMs, signal);
      await wake.sleep(lookAgainMs);
    }
  } finally {
    deaf();
    signal.removeEventListener('abort', end);
  }
}

async function begin(wanted: EachWanted, { key, payload }: Item, place: number): Promise<void> {
  const { subRuns, oncePerKey, parent, signal } = wanted;
  const workflow = await startNode(wanted);
  signal.throwIfAborted();
  const message = { topic: key, payload, parent };
  await workflow.begin(key, message, { oncePerKey, note: (tx, run) => subRuns.note(tx, place, run) });
}

/** @throws INPUT_CONFIG when no start node runs the workflow on this state */
async function startNode({ store, name, clock, signal }: EachWanted): Promise<Workflow> {
  const until = clock.now() + startsWithinMs;
  for (;;) {
    const found = liveOn(store).find(live => live.kind === 'workflow' && live.name === name);
    if (found?.kind === 'workflow') return found.workflow;
    if (clock.now() >= until) break;
    await clock.sleep(pauseMs, signal);
  }
  throw AdapterError.advising(
    'INPUT_CONFIG',
    `workflowName: no workflow start with the name "${name}" runs on this state. Name one that does, deploy, and resume the run.`,
    { subject: 'workflowName' },
  );
}
