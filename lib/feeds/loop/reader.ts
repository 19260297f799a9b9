import { AdapterError } from '../../errors';
import type { Store, Tx } from '../../state/port';
import type { Alarm } from '../alarms';
import type { Outcomes, Settled } from '../outcome';
import { wasRefused } from '../refusals';
import type { LoopPoll, LoopStatus, PollReason } from './contract';

/** What one kind of feed gives out: its batches, how it stands, its dead letters, and how a replay of it stands. */
export interface ReaderTypes {
  batch: { token: string };
  status: LoopStatus;
  letter: object;
  replay: { replay: string };
}

/** One run over a feed: the main one, which never ends, or a replay. */
export interface RunFeed<T extends ReaderTypes> {
  poll(signal?: AbortSignal, why?: PollReason): Promise<LoopPoll>;
  next(): Promise<T['batch'] | null>;
  settle(token: string, outcomes: Outcomes, tx?: Tx): Promise<Settled>;
  status(): Promise<T['status']>;
  alarms(): Alarm[];
  deadLetters(limit: number): Promise<Array<T['letter']>>;
}

/** A replay that was opened in this process. */
export interface Run<Feed> {
  name: string;
  feed: Feed;
  /** What its last poll brought; null before the first. */
  last: LoopPoll | null;
}

/** A replay as the store has it. `isEnded`: only its dead letters are of interest. */
export interface StoredReplay<Feed> {
  name: string;
  isEnded: boolean;
  open(): Feed;
}

/** Failures kept of one turn. */
const mostFailures = 100;

/** A feed that is read for ever and its replays, each with batches and outcomes of its own, so that neither waits for the
 *  other. */
export abstract class FeedReader<T extends ReaderTypes, Feed extends RunFeed<T>> {
  /** Only the store knows which replays there are and which go on: commands change that while a poll waits. */
  readonly #opened = new Map<string, Run<Feed>>();
  readonly #store: Store;
  readonly #ended: (replay: T['replay']) => void;
  /** WAP has more for the main run, now or when something is settled. */
  #hasMore = false;
  /** Of this turn. */
  #failures: LoopPoll['failures'] = [];

  /** `ended` is told of each replay that comes to its end. */
  constructor(
    readonly main: Feed,
    store: Store,
    ended: (replay: T['replay']) => void,
  ) {
    this.#store = store;
    this.#ended = ended;
  }

  /** Those that have not ended, and those with dead letters, from earlier starts too. */
  protected abstract storedReplays(tx: Tx): Promise<Array<StoredReplay<Feed>>>;
  /** Whether a replay has something to read at this poll. */
  protected abstract isDue(run: Run<Feed>, why: PollReason): boolean;
  /** How a replay stands, out of the status of its feed. */
  protected abstract statusOf(run: Run<Feed>, status: T['status']): T['replay'];
  /** Ends a replay that is read and settled; false when it goes on. */
  protected abstract endIfOver(run: Run<Feed>): Promise<boolean>;
  /** Forgets what ended replays left, a bounded piece each time; answers the names of those of which nothing is left. */
  protected abstract forgetReplays(): Promise<string[]>;

  /** Reads a piece of everything that is due. */
  async poll(signal?: AbortSignal, why: PollReason = 'turn'): Promise<LoopPoll> {
    const failures = why === 'turn' ? [] : this.#failures;
    const result: LoopPoll = { fetched: 0, alarms: [], failures, stopped: null };
    if (why === 'turn' || this.#hasMore) {
      addPoll(result, await this.main.poll(signal, why));
      this.#hasMore = result.stopped === 'pages' || result.stopped === 'open';
    }
    for (const run of await this.#replays()) {
      if (wasRefused(result)) break;
      if (!this.isDue(run, why)) continue;
      run.last = await run.feed.poll(signal, why);
      addPoll(result, run.last);
    }
    if (why === 'turn') for (const name of await this.forgetReplays()) this.#opened.delete(name);
    this.#failures = result.failures.slice(0, mostFailures);
    return result;
  }

  /** What comes by itself goes out before replays. */
  async next(): Promise<T['batch'] | null> {
    const batch = await this.main.next();
    if (batch) return batch;
    for (const { feed } of await this.#replays()) {
      const replayed = await feed.next();
      if (replayed) return replayed;
    }
    return null;
  }

  /** See `PolledFeed`. */
  alarms(): Alarm[] {
    return [this.main, ...[...this.#opened.values()].map(run => run.feed)].flatMap(feed => feed.alarms());
  }

  settle(token: string, outcomes: Outcomes, tx?: Tx): Promise<Settled> {
    return this.main.settle(token, outcomes, tx);
  }

  /** How it stands, with its replays; one that is over ends here. */
  async status(): Promise<T['status'] & { replays: Array<T['replay']> }> {
    const main = await this.main.status();
    const replays: Array<T['replay']> = [];
    const due = [main.nextDueAt];
    const sums = { unacknowledged: main.unacknowledged, batches: main.batches };
    for (const run of await this.#replays()) {
      const status = await run.feed.status();
      const replay = this.statusOf(run, status);
      if (await this.endIfOver(run)) {
        this.#ended(replay);
        continue;
      }
      replays.push(replay);
      due.push(status.nextDueAt);
      sums.unacknowledged += status.unacknowledged;
      sums.batches += status.batches;
    }
    return { ...main, ...sums, nextDueAt: earliest(due), replays };
  }

  /** Dead letters, those of replays too. */
  async deadLetters(limit: number): Promise<Array<T['letter'] & { replay?: string }>> {
    const found: Array<T['letter'] & { replay?: string }> = await this.main.deadLetters(limit);
    for (const { name, feed } of await this.#known()) {
      const letters = await feed.deadLetters(limit - found.length);
      found.push(...letters.map(letter => ({ ...letter, replay: name })));
    }
    return found;
  }

  /** Does something with a single item where it is set aside: in the main run, or in the first replay that has it. Answers
   *  the replay, null for the main run.
   *  @throws STATE_NOT_FOUND, in the words of the main run, when none has it */
  protected async inFirstThatHas(act: (feed: Feed) => Promise<void>): Promise<string | null> {
    let notThere: unknown;
    for (const { name, feed } of [{ name: null, feed: this.main }, ...(await this.#known())]) {
      try {
        await act(feed);
        return name;
      } catch (error) {
        if (!(error instanceof AdapterError && error.code === 'STATE_NOT_FOUND')) throw error;
        notThere ??= error;
      }
    }
    throw notThere;
  }

  /** Those that go on. */
  async #replays(): Promise<Array<Run<Feed>>> {
    return this.#runsOf((await this.#stored()).filter(({ isEnded }) => !isEnded));
  }

  /** Those that go on, and those that only have dead letters left. */
  async #known(): Promise<Array<Run<Feed>>> {
    return this.#runsOf(await this.#stored());
  }

  #stored(): Promise<Array<StoredReplay<Feed>>> {
    return this.#store.transaction(tx => this.storedReplays(tx));
  }

  /** Opens each replay once in this process: a second instance would take over from the first. */
  #runsOf(replays: ReadonlyArray<StoredReplay<Feed>>): Array<Run<Feed>> {
    return replays.map(({ name, open }) => {
      const run = this.#opened.get(name) ?? { name, feed: open(), last: null };
      this.#opened.set(name, run);
      return run;
    });
  }
}

/** Adds what one run read to what all of them read: while one has more pages, there is more to read. */
function addPoll(sum: LoopPoll, read: LoopPoll): void {
  sum.fetched += read.fetched;
  sum.alarms.push(...read.alarms);
  sum.failures = [...sum.failures, ...read.failures];
  if (read.stopped === 'pages' || sum.stopped === null) sum.stopped = read.stopped;
}

/** The first of several due times; null when nothing is due. */
function earliest(times: ReadonlyArray<number | null>): number | null {
  const given = times.filter(each => each !== null);
  return given.length > 0 ? Math.min(...given) : null;
}
