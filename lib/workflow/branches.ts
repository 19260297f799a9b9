import type { Failure, LeftBranch } from '../state/tables/workflow';
import type { PropertyDigests } from './property-digests';

/** A step of a pass as its branches know it. */
export interface Begun {
  readonly step: string;
  /** The steps before it. */
  readonly ways: readonly string[];
  readonly state: 'at work' | 'done' | 'failed';
  /** What ways call it, once it is recorded. */
  readonly name: string | undefined;
  /** `node:visit`, by which a failure is told from others. */
  readonly place: string;
  readonly over: Promise<unknown>;
  /** Whether its message can come to another step or to an end. */
  readonly leadsOn: () => boolean;
  /** By which output its message left; null when none did. */
  readonly output: number | null;
  /** What its message had then, where ways part behind it. */
  readonly digests: PropertyDigests | undefined;
  readonly failure: Failure | undefined;
}

/** How a step was done. */
interface Done {
  leadsOn: () => boolean;
  output?: number | null;
  digests?: PropertyDigests | undefined;
  /** The steps before it, where more have come since it was begun. */
  ways?: readonly string[];
}

/** What is under way in one pass of a run: its steps and how they follow each other, so that an end knows what it would
 *  leave behind. */
export class Branches {
  readonly #begun = new Set<Begun>();
  /** Those of them that failed. */
  readonly #failed = new Set<Begun>();
  /** What has come to an end: the steps before it, and the failures that it tells of. */
  readonly #arrived = { ways: new Set<string>(), told: new Set<string>() };
  readonly #watching = new Set<() => void>();
  /** How often a step was begun, or was over. */
  changes = 0;

  /** @param over settles when the step is no longer at work */
  begin(step: string, place: string, ways: readonly string[], over: Promise<unknown>): BegunStep {
    const nothing = { name: undefined, output: null, digests: undefined, failure: undefined };
    const begun: Begun = { step, place, ways, over, state: 'at work', leadsOn: () => true, ...nothing };
    this.#begun.add(begun);
    this.#changed();
    return {
      done: (name, done) => {
        for (const other of this.#failed) if (other.place === place) this.#forget(other); // it was tried again
        Object.assign(begun, { state: 'done', name, ...done });
        this.#changed();
      },
      failed: failure => {
        Object.assign(begun, { state: 'failed', failure });
        this.#failed.add(begun);
        this.#changed();
      },
      givenUp: () => {
        this.#forget(begun);
        this.#changed();
      },
    };
  }

  /** Every step that was begun. */
  steps(): Iterable<Begun> {
    return this.#begun;
  }

  /** Once a step has been begun, or is over. */
  nextChange(): Promise<void> {
    return new Promise(resolve => this.#watching.add(resolve));
  }

  /** A message has come to an end. `told`: the failures that it tells of, `null`: any. */
  arrive(ways: readonly string[], told: ReadonlySet<string> | null): void {
    for (const way of ways) this.#arrived.ways.add(way);
    for (const place of told ?? [...this.#failed].map(step => step.place)) this.#arrived.told.add(place);
  }

  /** The branches that no message at an end carries. */
  left(): LeftBranch[] {
    const carried = this.before(this.#arrived.ways);
    const followed = new Set([...this.#begun].flatMap(step => step.ways));
    const isLeft = ({ state, name, place, leadsOn }: Begun) => {
      if (state === 'done') return name !== undefined && !carried.has(name) && !followed.has(name) && leadsOn();
      return state === 'at work' || !this.#arrived.told.has(place);
    };
    return [...this.#begun].filter(isLeft).map(({ step, state }) => ({ step, state }));
  }

  /** What is at work now, until it is over. */
  atWork(): Array<Promise<unknown>> {
    return [...this.#begun].filter(({ state }) => state === 'at work').map(({ over }) => over);
  }

  #changed(): void {
    this.changes += 1;
    for (const tell of this.#watching) tell();
    this.#watching.clear();
  }

  /** As if it had never been begun. */
  #forget(begun: Begun): void {
    this.#begun.delete(begun);
    this.#failed.delete(begun);
  }

  /** These steps and all before them. */
  before(ways: Iterable<string>): Set<string> {
    const waysOf = new Map([...this.#begun].map(({ name, ways: from }) => [name, from]));
    const all = new Set(ways);
    for (const name of all) for (const earlier of waysOf.get(name) ?? []) all.add(earlier);
    return all;
  }
}

/** How a step that was begun goes on. */
export interface BegunStep {
  done(name: string, done: Done): void;
  failed(failure?: Failure): void;
  /** Neither done nor failed: a deploy or a later pass came between. */
  givenUp(): void;
}
