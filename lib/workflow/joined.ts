import type { Failure } from '../state/tables/workflow';
import type { Begun, Branches } from './branches';
import type { Arrival, Carried } from './gathering';
import { inOrder, type MergeRule, merge } from './merge';
import { nodeOfPlace } from './position';
import { isKept, type PropertyDigests, propertyDigests } from './property-digests';

/** What a join makes of the messages that came. */
export interface JoinedMessage {
  set: Record<string, unknown>;
  carries: Carried;
}

/** What `msg.joined` says. */
export interface JoinedPart {
  /** The names of the branches, in the order in which they were merged. */
  branches: string[];
  /** What they set differently: `payload`, `wap.plan`. */
  differ: string[];
  /** Those of them that failed. */
  failed: string[];
  /** How many more were expected. */
  missing: number;
}

/** What has come to a join that goes on now, and what has not. */
export interface ToJoin {
  arrivals: readonly Arrival[];
  /** Branches that failed and did not come. */
  failed: readonly Begun[];
  leftOut: string[];
  missing: number;
  rule: MergeRule;
  branches: Branches;
  /** The message with which the run began. */
  begin: Record<string, unknown>;
}

/** A branch at a join: its message, or why it failed without one. */
interface Side {
  name: string;
  place: string;
  arrival?: Arrival;
  error?: unknown;
}

/** The message that goes on from a join. Recorded whole: the next pass may arrive with a message that has other properties. */
export function joinedMessage({ arrivals, failed, leftOut, missing, rule, branches, begin }: ToJoin): JoinedMessage {
  const sides = inOrder<Side>([
    ...arrivals.map(arrival => ({ name: arrival.name, place: arrival.place, arrival, ...errorOf(arrival) })),
    ...failed.map(({ step, place, failure }) => ({ name: step, place, error: failure && errorLike(failure) })),
  ]);
  const come = sides.flatMap(({ name, arrival }) => (arrival ? { name, msg: arrival.msg, arrival } : []));
  const parted = new Parting(branches, begin);
  const { set, differ } = merge(come, rule, (a, b) => parted.of(come[a]?.arrival.ways, come[b]?.arrival.ways));
  const wanted = sides.filter(({ error }) => rule === 'names' || error !== undefined);
  const named = Object.fromEntries(wanted.map(side => [side.name, underName(side, rule)]));
  const joined: JoinedPart = {
    branches: sides.map(({ name }) => name),
    differ,
    failed: sides.filter(({ error }) => error !== undefined).map(({ name }) => name),
    missing,
  };
  return {
    set: { ...set, ...(wanted.length > 0 ? { branches: named } : {}), joined },
    carries: { ...carriedBy(arrivals, failed), leftOut },
  };
}

/** What `msg.branches` has of one branch. */
function underName({ arrival, error }: Side, rule: MergeRule): Record<string, unknown> {
  const own = rule === 'names' ? Object.entries(arrival?.msg ?? {}).filter(([name, value]) => isKept(name, value)) : [];
  return { ...Object.fromEntries(own), ...(error === undefined ? {} : { error }) };
}

/** What Catch put on a message that tells of a failure. */
function errorOf({ failures, msg }: Arrival): { error?: unknown } {
  return failures.length > 0 ? { error: msg.error ?? {} } : {};
}

/** As Catch would have it. */
function errorLike({ code, message, cause, step }: Failure) {
  return { code, message, cause, source: { name: step } };
}

/** The position of the joined message: all of its branches together. Of visits the highest count, because the message goes on as
 *  the one that has been around most often. */
function carriedBy(arrivals: readonly Arrival[], failed: readonly Begun[]): Omit<Carried, 'leftOut'> {
  const visits: Record<string, number> = {};
  const been = [
    ...arrivals.flatMap(arrival => Object.entries(arrival.visits)),
    ...failed.map(({ place }): [string, number] => [
      nodeOfPlace(place),
      Number(place.slice(place.lastIndexOf(':') + 1)),
    ]),
  ];
  for (const [node, count] of been) visits[node] = Math.max(visits[node] ?? 0, count);
  const failures = [...arrivals.flatMap(arrival => arrival.failures), ...failed.map(({ place }) => place)];
  return {
    ways: [...new Set(arrivals.flatMap(({ ways }) => ways))],
    visits,
    failures: [...new Set(failures)],
  };
}

/** Where two branches parted: the last step that both come from and whose message is known. */
class Parting {
  readonly #before = new Map<readonly string[], ReadonlySet<string>>();
  readonly #known: Array<{ name: string; digests: PropertyDigests; depth: number }>;
  readonly #begin: PropertyDigests;

  readonly #branches: Branches;

  constructor(branches: Branches, begin: Record<string, unknown>) {
    this.#branches = branches;
    this.#begin = propertyDigests(begin);
    this.#known = [...branches.steps()]
      .flatMap(({ name, digests }) => (name !== undefined && digests ? { name, digests } : []))
      .map(step => ({ ...step, depth: branches.before([step.name]).size }))
      .sort((a, b) => b.depth - a.depth);
  }

  of(one: readonly string[] = [], other: readonly string[] = []): PropertyDigests {
    const [before, beforeOther] = [this.#stepsBefore(one), this.#stepsBefore(other)];
    return this.#known.find(({ name }) => before.has(name) && beforeOther.has(name))?.digests ?? this.#begin;
  }

  /** Remembered, because every property of every pair of branches asks for it. */
  #stepsBefore(ways: readonly string[]): ReadonlySet<string> {
    const known = this.#before.get(ways);
    if (known) return known;
    const found = this.#branches.before(ways);
    this.#before.set(ways, found);
    return found;
  }
}
