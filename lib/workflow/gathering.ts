/** A message that has come to a join. */
export interface Arrival {
  /** What its flow calls it. */
  name: string;
  /** The message as it came. */
  msg: Record<string, unknown>;
  /** The steps it comes from. */
  ways: readonly string[];
  /** Tells apart those of one name. */
  place: string;
  /** How often it has been at each node. */
  visits: Record<string, number>;
  /** The failures it tells of, `node:visit` each. */
  failures: readonly string[];
}

/** What a joined message has of its branches, beside what they set: the steps it comes from, how often it has been at each
 *  node, and the failures it tells of. It is recorded with the step, so that another pass goes on in the same way. */
export interface Carried {
  ways: string[];
  visits: Record<string, number>;
  failures: string[];
  /** Steps whose messages the flow left out on their way to the join. */
  leftOut: string[];
}

/** What becomes of a message that comes to a join: the first waits for the others and is the one that goes on. */
export type Turn = 'first' | 'one more' | 'too late';

/** The messages of one run at one join, for the same time round. */
export class Gathering {
  readonly arrivals: Arrival[] = [];
  #carried: Carried | undefined;
  /** The first one, which waits for the others. */
  #first: Arrival | undefined;
  readonly #watching = new Set<() => void>();

  constructor(
    readonly node: string,
    readonly visit: number,
    /** Which of the run's joins it is, by when they began. */
    readonly number: number,
  ) {}

  /** Its first message has come, and it has not gone on. */
  get isWaiting(): boolean {
    return this.#first !== undefined && this.#carried === undefined;
  }

  /** Takes a message in and says what becomes of it. */
  come(arrival: Arrival): Turn {
    if (this.#carried) return isIn(this.#carried, arrival) ? 'one more' : 'too late';
    this.arrivals.push(arrival);
    for (const tell of this.#watching) tell();
    this.#watching.clear();
    if (this.#first) return 'one more';
    this.#first = arrival;
    return 'first';
  }

  /** The first message failed: the next to come, such as the same one through a Catch branch, takes its place. */
  fail(): void {
    this.arrivals.splice(0, this.arrivals.length, ...this.arrivals.filter(arrival => arrival !== this.#first));
    this.#first = undefined;
  }

  /** Resolves when the next message comes. */
  nextArrival(): Promise<void> {
    return new Promise(resolve => this.#watching.add(resolve));
  }

  /** The join has gone on. */
  goOn(carried: Carried): void {
    this.#carried = carried;
  }

  /** Messages that came while it went on without them. */
  get missed(): Arrival[] {
    const carried = this.#carried;
    return carried ? this.arrivals.filter(arrival => !isIn(carried, arrival)) : [];
  }

  /** Whether the join has gone on with this failure. */
  tells(failure: string): boolean {
    return this.#carried?.failures.includes(failure) ?? false;
  }
}

const isIn = ({ ways }: Carried, arrival: Arrival): boolean => arrival.ways.every(way => ways.includes(way));

/** The joins of one pass of a run. */
export class Gatherings {
  readonly #all = new Map<string, Gathering>();

  /** The join of a node for the same time round, which is begun when it is new. */
  at(node: string, visit: number): Gathering {
    const name = `${node}:${visit}`;
    const known = this.#all.get(name);
    if (known) return known;
    const fresh = new Gathering(node, visit, this.#all.size);
    this.#all.set(name, fresh);
    return fresh;
  }

  /** By `node:visit`. */
  find(place: string): Gathering | undefined {
    return this.#all.get(place);
  }

  /** Those that wait for further messages. */
  get waiting(): number {
    return [...this.#all.values()].filter(({ isWaiting }) => isWaiting).length;
  }

  /** Whether a join has gone on with this failure, `node:visit`: the run is not stopped by it. */
  tell(failure: string): boolean {
    return [...this.#all.values()].some(gathering => gathering.tells(failure));
  }

  /** The steps that messages at joins come from. */
  ways(): string[] {
    return [...this.#all.values()].flatMap(({ arrivals }) => arrivals.flatMap(({ ways }) => ways));
  }

  /** Messages that came to a node from this step. */
  cameFrom(step: string, node: string): number {
    const there = [...this.#all.values()].filter(gathering => gathering.node === node);
    return there.flatMap(({ arrivals }) => arrivals).filter(({ ways }) => ways.includes(step)).length;
  }
}
