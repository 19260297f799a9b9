import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Node, NodeAPI } from 'node-red';
import { longestSleepMs } from '../../lib/async/set-back';
import { AdapterError } from '../../lib/errors';
import type { Begun } from '../../lib/workflow/branches';
import type { Arrival, Carried, Gathering, Turn } from '../../lib/workflow/gathering';
import { joinedMessage } from '../../lib/workflow/joined';
import type { MergeRule } from '../../lib/workflow/merge';
import { failuresOf, nodeOfPlace, type Place, wayOf } from '../../lib/workflow/position';
import { type Coming, stillToCome } from '../../lib/workflow/still-to-come';
import { branchesTo } from '../../lib/workflow/wiring';
import { flowWires } from '../flows/wires';
import { hint } from '../hints';
import type { AdapterMessage } from '../message';
import { type ActiveRun, activeAt } from './active-run';
import { turnsBetweenSteps } from './run-end';
import { outsideRun } from './run-step';

/** What has come of a run to a join. */
export interface Join {
  RED: NodeAPI;
  active: ActiveRun;
  gathering: Gathering;
}

export interface JoinWanted {
  /** How many branches; undefined: as many as the wires say. */
  branches: number | undefined;
  rule: MergeRule;
  /** Whether it goes on when nothing more can come. */
  missing: 'goOn' | 'wait';
  /** Whether it goes on when a branch has failed. */
  failed: 'stop' | 'along';
  /** ms UTC. */
  deadlineAt: number;
  /** Aborts when the node closes or the pass ends. */
  signal: AbortSignal;
  /** Told how many have come, of how many. */
  shows(come: number, of: number): void;
}

export interface Joined {
  /** The deadline came first. */
  isLate: boolean;
  set: Record<string, unknown>;
  carries: Carried;
  /** Branches that came, or failed and went along. */
  count: number;
}

/** How long (ms) nothing may happen before a join goes on without a branch: a node between two steps may take its time. */
const stillMs = 250;
/** After a restart: how long (ms) branches may take to come from the journal before a deadline that has passed counts. */
const longestReplayMs = 10_000;

/** Puts a message with the others of its run. @throws STATE_RUN_ENDED for one of an older pass or of an ended run */
export async function comeTogether(
  RED: NodeAPI,
  msg: AdapterMessage & Record<string, unknown>,
  place: Place,
  node: Node,
): Promise<{ is: Turn; join: Join; about: { name: string; key: string } }> {
  const active = await activeAt(place, node.name || node.type);
  const gathering = active.gatherings.at(node.id, (place.visits[node.id] ?? 0) + 1);
  const arrival = arrivalOf(RED, msg, place, active);
  const about = { name: arrival.name, key: place.key };
  return { is: gathering.come(arrival), join: { RED, active, gathering }, about };
}

function arrivalOf(
  RED: NodeAPI,
  msg: AdapterMessage & Record<string, unknown>,
  { ways, visits }: Place,
  active: ActiveRun,
): Arrival {
  const failures = failuresAt(msg, ways, active);
  const failed = [...active.branches.steps()].find(({ place }) => failures.includes(place));
  const [last = ''] = ways;
  const name =
    branchName(msg.branch) ?? failed?.step ?? labelOf(RED, last === '' ? active.startNode : nodeOfStep(last));
  const part = typeof msg.parts === 'object' && msg.parts !== null && 'index' in msg.parts ? msg.parts.index : '';
  return { name, msg: { ...msg }, ways, visits, failures, place: wayOf(ways, String(part)) };
}

/** Of a message that a flow made anew behind Catch, by the steps it comes from. */
function failuresAt(msg: AdapterMessage, ways: readonly string[], { branches }: ActiveRun): string[] {
  const told = failuresOf(msg);
  if (told) return [...told];
  const way = wayOf(ways, undefined);
  const failed = [...branches.steps()].filter(step => step.state === 'failed' && wayOf(step.ways, undefined) === way);
  return failed.map(({ place }) => place);
}

const branchName = (value: unknown): string | null =>
  (typeof value === 'string' && value.trim() !== '') || typeof value === 'number' ? String(value).trim() : null;

/** A step's name is `node:visit:branch`. */
const nodeOfStep = (step: string): string => nodeOfPlace(nodeOfPlace(step));

function labelOf({ nodes }: NodeAPI, id: string): string {
  const node: Node | null = nodes.getNode(id);
  return node?.name || node?.type || id;
}

/** Waits for the branches of a run and puts them together.
 *  @throws INPUT_MISSING outside a run, and without a number behind a split that would be waited for */
export async function joinBranches(join: Join | undefined, wanted: JoinWanted): Promise<Joined> {
  if (!join) throw outsideRun();
  const { active, gathering } = join;
  const expected = wanted.branches ?? Math.max(1, countByWires(join));
  if (wanted.missing === 'wait' && !Number.isFinite(expected)) {
    throw AdapterError.advising(
      'INPUT_MISSING',
      'branches: a node before the join splits messages, so the wires do not say how many come. ' +
        'Give the number, such as msg.parts.count, or let the join go on when nothing more can come.',
      { subject: 'branches' },
    );
  }
  const { isLate, failed, leftOut } = await gathered(join, expected, wanted);
  const arrivals = [...gathering.arrivals];
  const count = arrivals.length + failed.length;
  const missing = Number.isFinite(expected) ? Math.max(0, expected - count) : 0;
  const { branches, run } = active;
  const message = joinedMessage({
    ...{ arrivals, failed, leftOut, missing, branches },
    rule: wanted.rule,
    begin: run.message,
  });
  return { ...message, isLate, count };
}

function countByWires({ RED, active, gathering }: Join): number {
  const wires = flowWires(RED).at;
  return branchesTo(wires, wires(active.startNode)?.outputs[0] ?? [], gathering.node);
}

/** How the waiting ended, and without what the join goes on. */
interface Gathered {
  isLate: boolean;
  /** Branches that did not come because they failed. */
  failed: Begun[];
  /** Steps whose messages the flow left out. */
  leftOut: string[];
}

/** Until all have come, nothing more can come, or the deadline is over. */
async function gathered(join: Join, expected: number, wanted: JoinWanted): Promise<Gathered> {
  const { active, gathering } = join;
  const { signal, deadlineAt } = wanted;
  const come = () => gathering.arrivals.length;
  const begunAt = active.clock.now();
  for (;;) {
    signal.throwIfAborted();
    wanted.shows(come(), expected);
    if (come() >= expected) return { isLate: false, failed: [], leftOut: [] };
    // Read first, so that a change during the wait for the store below is not slept through.
    const before = changes(active, gathering);
    const coming = comingTo(join);
    const failed = wanted.failed === 'along' ? coming.failed : [];
    if (failed.length > 0) await active.journal.goOn(); // a crash must find the run open
    const now = active.clock.now();
    const leftMs = deadlineAt - now;
    if (leftMs <= 0) {
      const isOver = now > begunAt + longestReplayMs || (await isStill(join, stillMs, signal));
      if (isOver && come() < expected) return { isLate: true, failed, leftOut: [] };
      continue;
    }
    const goesOn = mayGoOn(coming, come() + failed.length >= expected, wanted);
    // The first branch to arrive opened the run again that another branch had failed.
    if (coming.failed.length > failed.length && !coming.isWorking) {
      await active.journal.stopAgain();
      hint('runs', 'overview');
    }
    if (changes(active, gathering) !== before) continue;
    if (!goesOn) await nextChange(join, Math.min(leftMs, longestSleepMs), signal);
    else if (await isStill(join, Math.min(stillMs, leftMs), signal)) {
      return { isLate: false, failed, leftOut: coming.leftOut };
    }
  }
}

function mayGoOn({ isWorking, isHeld, failed }: Coming, isEnough: boolean, wanted: JoinWanted): boolean {
  if (isWorking || isHeld || (failed.length > 0 && wanted.failed === 'stop')) return false;
  return isEnough || wanted.missing === 'goOn';
}

function comingTo({ RED, active, gathering }: Join): Coming {
  const wires = flowWires(RED).at;
  const { branches, gatherings, startNode } = active;
  return stillToCome(gathering, { branches, gatherings, wires, begins: wires(startNode)?.outputs[0] ?? [] });
}

const changes = ({ branches }: ActiveRun, { arrivals }: Gathering): number => branches.changes + arrivals.length;

/** Whether nothing happens for a while, so that no message is on its way between two steps. */
async function isStill(join: Join, forMs: number, signal: AbortSignal): Promise<boolean> {
  const before = changes(join.active, join.gathering);
  await nextChange(join, forMs, signal);
  for (let turn = 0; turn < turnsBetweenSteps; turn += 1) {
    if (changes(join.active, join.gathering) !== before) return false;
    await nextTurn();
    signal.throwIfAborted();
  }
  return true;
}

/** Resolves when another branch comes, a step begins or ends, or the time is over. */
async function nextChange({ active, gathering }: Join, withinMs: number, signal: AbortSignal): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  const time = active.clock.sleep(withinMs, ending.signal);
  try {
    await Promise.race([active.branches.nextChange(), gathering.nextArrival(), time]);
  } finally {
    signal.removeEventListener('abort', end);
    ending.abort();
    time.catch(() => undefined); // the end of the wait ends it
  }
}
