import { isKept, type PropertyDigests, propertyDigests } from './property-digests';
import { isPlain } from './storable';

/** What a branch of a run brings to a join. */
export interface Branch {
  /** The flow's name for it, unique among the branches. */
  name: string;
  msg: Record<string, unknown>;
  /** Why it failed. */
  error?: unknown;
}

/** `later`: of values that differ the one of the branch whose name comes last; `names`: those are only under the names. */
export type MergeRule = 'later' | 'names';

/** What the joined message gets from its branches. */
export interface Merged {
  set: Record<string, unknown>;
  /** What branches have set differently: `payload`, `wap.plan`. */
  differ: string[];
}

/** Puts together what each branch set since it parted from the others: what only one of them changed is taken from it, in
 *  any order. Of values that differ the rule decides.
 *  @param branches in the order of their names
 *  @param parted what the message of two branches had when their ways parted */
export function merge(
  branches: readonly Branch[],
  rule: MergeRule,
  parted: (a: number, b: number) => PropertyDigests,
): Merged {
  const sides = branches.map(({ msg }) => ({ value: msg, digests: propertyDigests(msg) }));
  const differ: string[] = [];
  const set = new Merging(sides, rule, parted, differ).objects(isKept);
  if (!isSame(sides, 'parts')) delete set.parts; // together they are no longer parts of a sequence
  if (!isSame(sides, 'branch')) delete set.branch; // each had its own name
  const told = new Set(['parts', 'branch']);
  return { set, differ: differ.filter(path => !told.has(path)) };
}

/** The message of a branch, or a property of it, with digests of the whole message. */
interface Side {
  value: Record<string, unknown>;
  digests: PropertyDigests;
}

/** Merges objects property by property, and plain objects among them one level deeper, no further. */
class Merging {
  readonly #sides: readonly Side[];
  readonly #rule: MergeRule;
  readonly #parted: (a: number, b: number) => PropertyDigests;
  readonly #differ: string[];
  /** The property that is merged inside. */
  readonly #inside: string | null;

  constructor(
    sides: readonly Side[],
    rule: MergeRule,
    parted: (a: number, b: number) => PropertyDigests,
    differ: string[],
    inside: string | null = null,
  ) {
    this.#sides = sides;
    this.#rule = rule;
    this.#parted = parted;
    this.#differ = differ;
    this.#inside = inside;
  }

  objects(isWanted: (name: string, value: unknown) => boolean): Record<string, unknown> {
    const names = new Set(this.#sides.flatMap(({ value }) => Object.keys(value)));
    const entries = [...names].filter(name => this.#sides.some(({ value }) => isWanted(name, value[name])));
    return Object.fromEntries(entries.map(name => [name, this.#one(name)]).filter(([, value]) => value !== undefined));
  }

  /** The value of one property; undefined when the rule leaves it out. */
  #one(name: string): unknown {
    const path = this.#inside === null ? name : `${this.#inside}.${name}`;
    const left = this.#stillMeant(path);
    const values = left.map(index => this.#sides[index]?.value[name]);
    const isAgreed = new Set(left.map(index => this.#digestAt(index, path))).size === 1;
    if (isAgreed) return values[0];
    if (this.#inside === null && values.every(isPlain)) return this.#within(name);
    this.#differ.push(path);
    return this.#rule === 'later' ? values.at(-1) : undefined;
  }

  /** A property that is a plain object in every branch. */
  #within(name: string): Record<string, unknown> {
    const sides = this.#sides.map(({ value, digests }) => ({ value: asPlain(value[name]), digests }));
    const inner = new Merging(sides, this.#rule, this.#parted, this.#differ, name);
    return inner.objects((_name, value) => value !== undefined);
  }

  /** The branches whose value no other one has replaced since they parted. */
  #stillMeant(path: string): number[] {
    const all = this.#sides.map((_side, index) => index);
    const digests = all.map(index => this.#digestAt(index, path));
    if (new Set(digests).size === 1) return all;
    const isReplaced = (index: number) =>
      all.some(other => digests[other] !== digests[index] && this.#parted(index, other).get(path) === digests[index]);
    const left = all.filter(index => !isReplaced(index));
    return left.length > 0 ? left : all;
  }

  #digestAt(index: number, path: string): string | undefined {
    return this.#sides[index]?.digests.get(path);
  }
}

const asPlain = (value: unknown): Record<string, unknown> => (isPlain(value) ? value : {});

/** Whether a property has the same value in all of them, or is in none. */
function isSame(sides: readonly Side[], name: string): boolean {
  return new Set(sides.map(({ digests }) => digests.get(name))).size === 1;
}

/** `branch 10` comes after `branch 9`. */
const inNumbers = new Intl.Collator('en', { numeric: true });

/** In the order of their names, which no arrival changes; of a name that several have each gets a number.
 *  `place` tells them apart. */
export function inOrder<B extends { name: string; place: string }>(branches: readonly B[]): B[] {
  const sorted = [...branches].sort(
    (a, b) => inNumbers.compare(a.name, b.name) || compare(a.name, b.name) || inNumbers.compare(a.place, b.place),
  );
  const taken = new Set(sorted.map(({ name }) => name));
  const seen = new Set<string>();
  return sorted.map(branch => {
    if (!seen.has(branch.name)) {
      seen.add(branch.name);
      return branch;
    }
    let number = 2;
    while (taken.has(`${branch.name} ${number}`)) number += 1;
    const name = `${branch.name} ${number}`;
    taken.add(name);
    return { ...branch, name };
  });
}

/** By code units, which no locale changes. */
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
