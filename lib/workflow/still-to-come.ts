import type { Begun, Branches } from './branches';
import type { Gathering, Gatherings } from './gathering';
import { nodeOfPlace } from './position';
import { comesTo, nextSteps, outOf, type Wires } from './wiring';

/** What of a run may still come to a join. */
export interface Coming {
  /** Steps at work from which it may. */
  isWorking: boolean;
  /** A message that a node between two steps may hold. */
  isHeld: boolean;
  /** Steps that failed on their way there, and no message at the join tells of it. */
  failed: Begun[];
  /** Steps done on their way there whose messages came nowhere: a flow left them out, unless they are still under way. */
  leftOut: string[];
}

/** One pass of a run, and how its flow is wired. */
export interface Pass {
  branches: Branches;
  gatherings: Gatherings;
  wires: Wires;
  /** Where the message of the run begins. */
  begins: readonly string[];
}

/** Looks at a join: what is at work, held or failed on its way there. While something may still come, the join waits. */
export function stillToCome(join: Gathering, { branches, gatherings, wires, begins }: Pass): Coming {
  const steps = [...branches.steps()];
  const toJoin = (from: readonly string[]) => comesTo(wires, from, join.node);
  const told = new Set(join.arrivals.flatMap(({ failures }) => failures));

  const maySend = ({ place, state }: Begun): boolean => {
    const node = nodeOfPlace(place);
    if (state !== 'at work' || place === placeOf(join) || !toJoin(outOf(wires, node))) return false;
    const other = gatherings.find(place);
    // Two joins that wait for each other in a loop would wait for ever: the one that began first goes on.
    return !(other?.isWaiting && other.number > join.number && comesTo(wires, outOf(wires, join.node), node));
  };
  const came = (from: string, node: string): number =>
    wires(node)?.kind === 'join'
      ? gatherings.cameFrom(from, node)
      : steps.filter(({ place, ways }) => nodeOfPlace(place) === node && ways.includes(from)).length;
  const isHeldBehind = (name: string, to: readonly string[]): boolean =>
    [...nextSteps(wires, to)].some(([node, { count, isHeld }]) => isHeld && toJoin([node]) && came(name, node) < count);
  const mayBeHeld = ({ state, name, output, place }: Begun): boolean => {
    const stop = wires(nodeOfPlace(place));
    if (!stop || state === 'at work') return false;
    if (state === 'failed') return !told.has(place) && [...nextSteps(wires, stop.aside)].some(isHeldTo(toJoin));
    return name !== undefined && output !== null && isHeldBehind(name, stop.outputs[output] ?? []);
  };
  const followed = new Set([...steps.flatMap(({ ways }) => ways), ...gatherings.ways()]);
  const isLeftOut = ({ name, output, place }: Begun): boolean =>
    name !== undefined &&
    !followed.has(name) &&
    output !== null &&
    toJoin(wires(nodeOfPlace(place))?.outputs[output] ?? []);
  return {
    isWorking: steps.some(maySend),
    isHeld: isHeldBehind('', begins) || steps.some(mayBeHeld),
    failed: steps.filter(
      ({ state, place }) => state === 'failed' && !told.has(place) && toJoin(outOf(wires, nodeOfPlace(place))),
    ),
    leftOut: steps.flatMap(step => (step.name !== undefined && isLeftOut(step) ? step.name : [])),
  };
}

const isHeldTo =
  (toJoin: (from: readonly string[]) => boolean) =>
  ([node, { isHeld }]: [string, { isHeld: boolean }]): boolean =>
    isHeld && toJoin([node]);

/** A join as failures and steps name it. */
const placeOf = ({ node, visit }: Gathering): string => `${node}:${visit}`;
