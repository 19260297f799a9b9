/** A node, as far as messages of a run pass through it. */
export interface Stop {
  /** `step`: a durable step; `join`: one that puts branches together; `end`: no message of the run leaves it, though one of
   *  another may; `between`: any other node. */
  kind: 'step' | 'join' | 'end' | 'between';
  /** A message leaves by `one` of its outputs, by `each` of them, or as `many` messages. */
  sends: 'one' | 'each' | 'many';
  /** Where each output leads, by the ids of nodes. */
  outputs: readonly (readonly string[])[];
  /** Where else its messages may go on: Catch and Complete nodes. */
  aside: readonly string[];
  /** It may keep a message for a while. */
  holds: boolean;
}

/** How nodes are wired; undefined for one that does not run. */
export type Wires = (id: string) => Stop | undefined;

/** Messages that come to a node: so many, and one more from each of these joins, however many come there. */
interface Coming {
  count: number;
  joins: ReadonlySet<string>;
}

const none: Coming = { count: 0, joins: new Set() };

/** How many messages come to a join when one is sent to each of these nodes: those of a step take one of its outputs, the
 *  one by which most come. Infinite behind a node that splits messages. */
export function branchesTo(wires: Wires, from: readonly string[], join: string): number {
  return new Count(wires, join, true).of(from);
}

/** The next steps, joins and ends behind these nodes: how many messages come there, and whether one may be held on its
 *  way. */
export function nextSteps(wires: Wires, from: readonly string[]): Map<string, { count: number; isHeld: boolean }> {
  const next = new Map<string, { count: number; isHeld: boolean }>();
  const seen = new Set<string>();
  const look = (id: string, isHeld: boolean) => {
    const stop = wires(id);
    const place = `${id}\n${isHeld}`;
    if (!stop || seen.has(place)) return;
    seen.add(place);
    if (stop.kind === 'between') {
      for (const to of stop.outputs.flat()) look(to, isHeld || stop.holds);
      return;
    }
    const known = next.get(id) ?? { count: new Count(wires, id, false).of(from), isHeld: false };
    next.set(id, { ...known, isHeld: known.isHeld || isHeld });
  };
  for (const id of from) look(id, false);
  return next;
}

/** Whether what leaves any of these nodes can come to that one, in whatever way. */
export function comesTo(wires: Wires, from: readonly string[], target: string): boolean {
  for (const id of reached(from, at => outOf(wires, at))) if (id === target) return true;
  return false;
}

/** These nodes and all that come next to them, and so on: each once, those first that are near. */
export function* reached(from: Iterable<string>, next: (id: string) => Iterable<string>): Generator<string> {
  const found = new Set(from);
  for (const id of found) {
    yield id;
    for (const to of next(id)) found.add(to);
  }
}

/** Where what a node has may go on; nothing of the run leaves an end. */
export function outOf(wires: Wires, id: string): string[] {
  const stop = wires(id);
  return stop && stop.kind !== 'end' ? [...stop.outputs.flat(), ...stop.aside] : [];
}

/** Counts the messages that come to one node. */
class Count {
  readonly #known = new Map<string, Coming>();

  readonly #wires: Wires;
  readonly #target: string;
  readonly #throughSteps: boolean;

  constructor(wires: Wires, target: string, throughSteps: boolean) {
    this.#wires = wires;
    this.#target = target;
    this.#throughSteps = throughSteps;
  }

  of(from: readonly string[]): number {
    return this.#total(this.#sum(from));
  }

  /** What comes when one message is sent to this node. */
  #at(id: string): Coming {
    if (id === this.#target) return { count: 1, joins: none.joins };
    const known = this.#known.get(id);
    if (known) return known;
    this.#known.set(id, none); // entered before it is counted, so that a loop ends: it brings no further message the first time round
    const found = this.#behind(id);
    this.#known.set(id, found);
    return found;
  }

  /** What leaves a node for which one message has come. */
  #behind(id: string): Coming {
    const stop = this.#wires(id);
    if (!stop || stop.kind === 'end') return none;
    if (stop.kind !== 'between' && !this.#throughSteps) return none;
    if (stop.kind === 'join') return { count: 0, joins: new Set([id]) };
    return this.#leaving(stop);
  }

  /** Of a node that sends by one output, the output behind which most comes: a join must not go on too early. */
  #leaving({ outputs, sends }: Stop): Coming {
    const each = outputs.map(ids => this.#sum(ids));
    if (sends === 'one') return each.reduce((most, one) => (this.#total(one) > this.#total(most) ? one : most), none);
    const all = each.reduce(plus, none);
    return sends === 'many' && this.#total(all) > 0 ? { ...all, count: Number.POSITIVE_INFINITY } : all;
  }

  /** One message sent to each of the nodes. */
  #sum(ids: readonly string[]): Coming {
    return ids.map(id => this.#at(id)).reduce(plus, none);
  }

  /** With what comes from the joins, and from the joins behind those. */
  #total({ count, joins }: Coming): number {
    let all = count;
    const seen = new Set(joins);
    for (const join of seen) {
      const stop = this.#wires(join);
      const coming = stop ? this.#leaving(stop) : none;
      all += coming.count;
      for (const further of coming.joins) seen.add(further);
    }
    return all;
  }
}

const plus = (one: Coming, other: Coming): Coming => ({
  count: one.count + other.count,
  joins: other.joins.size > 0 ? new Set([...one.joins, ...other.joins]) : one.joins,
});
