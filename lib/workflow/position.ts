import { createHash } from 'node:crypto';
import { AdapterError } from '../errors';
import type { StepId } from '../state/tables/step';

/** Where a message is in its run, as `msg.workflow` carries it. */
export interface Position {
  id: string;
  key: string;
  pass: number;
  /** How often the message has been at each node, by node id. */
  visits: Record<string, number>;
  /** The step the message comes from. */
  last: string;
}

/** Where a message is, with all the branches of the run that were joined in it. */
export interface Place extends Omit<Position, 'last'> {
  /** The steps it comes from: the last first, the others in their order. */
  ways: string[];
}

/** Besides `msg.workflow` a message carries a mark that flows do not see. A node that combines messages by copying their
 *  properties, as core's join does, keeps the marks of all of them, but only the last `msg.workflow`. */
const markName = 'wap-billing: where the message is in its run';
/** Symbols of one description rather than one symbol: copies of several messages are then all kept. */
const marksOf = (msg: object): symbol[] =>
  Object.getOwnPropertySymbols(msg).filter(({ description }) => description === markName);

/** Puts the message at this position and no other; without a position it is in no run. */
export function setPosition(msg: object, position: unknown): void {
  for (const mark of [...marksOf(msg), 'workflow']) Reflect.deleteProperty(msg, mark);
  if (position) Object.assign(msg, { workflow: position, [Symbol(markName)]: position });
}

/** Every position on a message: of `msg.workflow`, and of what was joined in it. */
export function positionsOf(msg: { workflow?: Position | null | undefined }): Position[] {
  if (!msg.workflow) return [];
  return [msg.workflow, ...marksOf(msg).map(mark => Reflect.get(msg, mark))];
}

/** The mark of a message that tells of a failure. */
const failureName = 'wap-billing: a failure of the workflow run';

/** Says on a message that it tells of the failure of a step, for the branch that a Catch node begins. */
export function addFailure(msg: object, place: string): void {
  Object.assign(msg, { [Symbol(failureName)]: place });
}

/** The failures that a message tells of; `null` for a message that a flow built itself, which may tell of any. */
export function failuresOf(msg: object): ReadonlySet<string> | null {
  if (marksOf(msg).length === 0) return null;
  const names = Object.getOwnPropertySymbols(msg).filter(({ description }) => description === failureName);
  return new Set(names.map(name => String(Reflect.get(msg, name))));
}

/** Where a message is; `undefined` outside a run. Of the passes of a run the latest counts.
 *  @throws STATE_RUNS_MIXED when it carries parts of several runs */
export function placeOf(msg: { workflow?: Position | null | undefined }): Place | undefined {
  const positions = positionsOf(msg);
  const [own] = positions;
  if (!own) return undefined;
  if (positions.some(({ id }) => id !== own.id)) throw mixed(positions);
  const visits: Record<string, number> = {};
  for (const [node, count] of positions.flatMap(position => Object.entries(position.visits ?? {}))) {
    visits[node] = Math.max(visits[node] ?? 0, count);
  }
  const ways = [...new Set(positions.map(({ last }) => last))];
  return { id: own.id, key: own.key, pass: Math.max(...positions.map(({ pass }) => pass)), visits, ways };
}

/** STATE_RUNS_MIXED, naming the runs. */
function mixed(positions: Position[]): AdapterError {
  const runs = [...new Map(positions.map(({ id, key }) => [id, key]))].map(([id, key]) => ({ id, key }));
  return AdapterError.advising(
    'STATE_RUNS_MIXED',
    `workflow: the message carries parts of the runs ${runs.map(({ key }) => `"${key}"`).join(' and ')}. ` +
      'A node before this one, such as a join that counts messages, put them together. ' +
      'Put wap-workflow-join in its place, deploy, and resume these runs.',
    { subject: 'workflow', details: { runs } },
  );
}

/** The short name of a step that positions use. */
export const stepName = ({ node, visit, branch }: Pick<StepId, 'node' | 'visit' | 'branch'>): string =>
  `${node}:${visit}:${branch}`;

/** The node of a `node:visit`. */
export const nodeOfPlace = (place: string): string => place.slice(0, place.lastIndexOf(':'));

/** The longest way that is stored as it is; of a longer one only the digest is. */
const longestWay = 500;

/** The way a message came to a node: the steps before it, in an order that does not depend on which came last, and the
 *  part of a split that it is. */
export function wayOf(ways: readonly string[], part: string | undefined): string {
  const joined = [...ways].sort().join(',');
  const from = joined.length > longestWay ? `#${createHash('sha256').update(joined).digest('hex')}` : joined;
  return part === undefined ? from : `${from}/${part}`;
}

/** The steps of a way; `null` when only its digest is known. */
export function stepsOfWay(way: string): string[] | null {
  const { from } = splitWay(way);
  return from.startsWith('#') ? null : from.split(',').filter(Boolean);
}

/** Two parts of one split. */
export function areOtherParts(a: string, b: string): boolean {
  const [one, other] = [splitWay(a), splitWay(b)];
  return one.from === other.from && one.part !== other.part;
}

/** A way without the part of a split, and that part. */
function splitWay(way: string): { from: string; part: string | undefined } {
  const at = way.lastIndexOf('/');
  return at < 0 ? { from: way, part: undefined } : { from: way.slice(0, at), part: way.slice(at + 1) };
}
