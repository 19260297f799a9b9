import type { LeftBranch } from '../state/workflow-rows';

/** A step of a pass as its branches know it. */
interface Begun {
  step: string;
  /** The steps before it. */
  ways: readonly string[];
  state: 'at work' | 'done' | 'failed';
  /** What ways call it, once it is recorded. */
  name: string | undefined;
  /** `node:visit`, by which a failure is told from others. */
  place: string;
  over: Promise<unknown>;
  /** Whether its message can come to another step or to an end. */
  leadsOn: () => boolean;
}

/** What is under way in one pass of a run: its steps and how they follow each other, so that an end knows what it would
 *  leave behind. */
export class Branches {
  private readonly begun = new Set<Begun>();
  /** Those of them that failed. */
  private readonly failed = new Set<Begun>();
  /** What has come to an end: the steps before it, and the failures that it tells of. */
  private readonly arrived = { ways: new Set<string>(), told: new Set<string>() };

  /** @param over settles when the step is no longer at work */
  begin(step: string, place: string, ways: readonly string[], over: Promise<unknown>): BegunStep {
    const begun: Begun = { step, place, ways, over, state: 'at work', name: undefined, leadsOn: () => true };
    this.begun.add(begun);
    return {
      done: (name, leadsOn) => {
        for (const other of this.failed) if (other.place === place) this.forget(other); // it was tried again
        Object.assign(begun, { state: 'done', name, leadsOn });
      },
      failed: () => {
        begun.state = 'failed';
        this.failed.add(begun);
      },
      givenUp: () => this.forget(begun),
    };
  }

  /** A message has come to an end. `told`: the failures that it tells of, `null`: any. */
  arrive(ways: readonly string[], told: ReadonlySet<string> | null): void {
    for (const way of ways) this.arrived.ways.add(way);
    for (const place of told ?? [...this.failed].map(step => step.place)) this.arrived.told.add(place);
  }

  /** The branches that no message at an end carries. */
  left(): LeftBranch[] {
    const carried = this.before(this.arrived.ways);
    const followed = new Set([...this.begun].flatMap(step => step.ways));
    const isLeft = ({ state, name, place, leadsOn }: Begun) => {
      if (state === 'done') return name !== undefined && !carried.has(name) && !followed.has(name) && leadsOn();
      return state === 'at work' || !this.arrived.told.has(place);
    };
    return [...this.begun].filter(isLeft).map(({ step, state }) => ({ step, state }));
  }

  /** What is at work now, until it is over. */
  atWork(): Array<Promise<unknown>> {
    return [...this.begun].filter(({ state }) => state === 'at work').map(({ over }) => over);
  }

  private forget(begun: Begun): void {
    this.begun.delete(begun);
    this.failed.delete(begun);
  }

  /** These steps and all before them. */
  private before(ways: ReadonlySet<string>): Set<string> {
    const waysOf = new Map([...this.begun].map(({ name, ways: from }) => [name, from]));
    const all = new Set(ways);
    for (const name of all) for (const earlier of waysOf.get(name) ?? []) all.add(earlier);
    return all;
  }
}

/** How a step that was begun goes on. */
export interface BegunStep {
  done(name: string, leadsOn: () => boolean): void;
  failed(): void;
  /** It was neither done nor failed: a deploy or a later pass came between. */
  givenUp(): void;
}
