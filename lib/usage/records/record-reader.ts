import type { ConsumerKey } from '../../state/cursor';
import { countExceptions } from '../../state/usage-exception';
import { usageReplays } from '../../state/usage-stream';
import type { Place } from '../commands';
import type { EventOutcome, Outcome } from '../delivery';
import type { LoopPoll } from '../loop-contract';
import { addPoll, earliest, firstThatHas, newReplayName, type Replay } from '../replays';
import { firstIdFrom } from './find-id';
import type { RecordFeedSettings } from './options';
import { forgetReplays } from './prune';
import { type RecordBatch, RecordFeed, type RecordStatus } from './record-feed';
import type { SingleRecord } from './single-records';

/** How a replay stands. */
export type ReplayStatus = Pick<RecordStatus, 'waiting' | 'unacknowledged' | 'dead'> & {
  replay: string;
  fetched: number;
};

export interface ReaderStatus extends RecordStatus {
  replays: ReplayStatus[];
}

interface Run {
  name: string;
  feed: RecordFeed;
  /** WAP was read up to its end. */
  isRead: boolean;
  /** It came to its end; its dead letters may still be there. */
  isEnded: boolean;
}

/** The records that come for ever, and beside them replays: each with pages, batches and outcomes of its own, so that
 *  neither waits for the other. */
export class RecordReader {
  readonly main: RecordFeed;
  #runs: Run[] | null = null;
  /** Whether the main run has more to read. */
  #more = false;

  constructor(
    private readonly settings: RecordFeedSettings,
    private readonly ended: (replay: ReplayStatus) => void,
  ) {
    this.main = new RecordFeed(settings);
  }

  /** Reads a page of everything that is due. */
  async poll(signal?: AbortSignal, why: 'turn' | 'more' = 'turn'): Promise<LoopPoll> {
    const result: LoopPoll = { fetched: 0, alarms: [], failures: [], stopped: null };
    if (why === 'turn' || this.#more) {
      addPoll(result, await this.main.poll(signal, why));
      this.#more = result.stopped !== null;
    }
    for (const run of await this.#replays()) {
      if (run.isRead) continue;
      const read = await run.feed.poll(signal, why);
      addPoll(result, read);
      run.isRead = read.stopped === null && read.failures.length === 0;
    }
    if (why === 'turn') await this.#forget();
    return result;
  }

  async next(): Promise<RecordBatch | null> {
    const batch = await this.main.next();
    if (batch) return batch;
    for (const { feed } of await this.#replays()) {
      const replayed = await feed.next();
      if (replayed) return replayed;
    }
    return null;
  }

  settle(token: string, outcomes: Outcome | readonly EventOutcome[]): Promise<unknown> {
    return this.main.settle(token, outcomes);
  }

  async status(): Promise<ReaderStatus> {
    const main = await this.main.status();
    const replays: ReplayStatus[] = [];
    const due = [main.nextDueAt];
    const sums = { unacknowledged: main.unacknowledged, batches: main.batches };
    for (const run of await this.#replays()) {
      const { waiting, unacknowledged, batches, dead, nextDueAt, feeds } = await run.feed.status();
      const status = { replay: run.name, fetched: feeds[0]?.fetched ?? -1, waiting, unacknowledged, dead };
      if (run.isRead && waiting === 0 && batches === 0) {
        await this.#end(run, status);
        continue;
      }
      replays.push(status);
      due.push(nextDueAt);
      sums.unacknowledged += unacknowledged;
      sums.batches += batches;
    }
    return { ...main, ...sums, nextDueAt: earliest(due), replays };
  }

  /** Begins a replay of what WAP still has between two places, both included; the batches of it carry its name.
   *  @throws WAP_… when a time has to be looked up and WAP does not answer. */
  async replay({ from, to }: { from: Place; to: Place | null }): Promise<Replay> {
    const { usage, clock } = this.settings;
    const fromId = 'id' in from ? from.id : await firstIdFrom(usage, from.time);
    const toId = to && ('id' in to ? to.id : (await firstIdFrom(usage, to.time)) - 1);
    const runs = await this.#kept();
    const replay = newReplayName(clock.now(), runs);
    const run = this.#open(replay, toId, fromId);
    await run.feed.status(); // it is in the store from here on
    runs.push(run);
    return { replay, fromId, toId };
  }

  /** Dead letters, those of replays too. */
  async deadLetters(limit: number): Promise<Array<SingleRecord & { replay?: string }>> {
    const found: Array<SingleRecord & { replay?: string }> = await this.main.deadLetters(limit);
    for (const { name, feed } of await this.#kept()) {
      const letters = await feed.deadLetters(limit - found.length);
      found.push(...letters.map(letter => ({ ...letter, replay: name })));
    }
    return found;
  }

  /** See `RecordFeed`; of a record that is not set aside there, in the first replay where it is. */
  async sendAgain(eventId: number): Promise<void> {
    const run = await firstThatHas([null, ...(await this.#kept())], each =>
      (each?.feed ?? this.main).sendAgain(eventId),
    );
    if (run) run.isEnded = false;
  }

  /** See `sendAgain`. */
  async discard(eventId: number, reason: string): Promise<void> {
    await firstThatHas([null, ...(await this.#kept())], each => (each?.feed ?? this.main).discard(eventId, reason));
  }

  async #end(run: Run, status: ReplayStatus): Promise<void> {
    await run.feed.end();
    run.isEnded = true;
    if (status.dead === 0) this.#runs = (await this.#kept()).filter(each => each !== run);
    this.ended(status);
  }

  async #forget(): Promise<void> {
    const { store, installation, consumer, clock } = this.settings;
    const gone = await forgetReplays(store, { installation, consumer }, this.main.options, clock.now());
    this.#runs = (await this.#kept()).filter(({ name }) => !gone.includes(name));
  }

  /** Those that have not come to their end. */
  async #replays(): Promise<Run[]> {
    return (await this.#kept()).filter(({ isEnded }) => !isEnded);
  }

  /** Those too that have ended and left dead letters; of an earlier start too. */
  async #kept(): Promise<Run[]> {
    if (this.#runs) return this.#runs;
    const { store, installation, consumer } = this.settings;
    const key: ConsumerKey = { installation, consumer };
    this.#runs = await store.transaction(async tx => {
      const runs: Run[] = [];
      for (const { id, run, toId, endedAt } of await usageReplays(tx, key)) {
        const isEnded = endedAt !== null;
        if (isEnded && !(await countExceptions(tx, id)).has('dead')) continue;
        runs.push({ ...this.#open(run, toId, 0), isEnded });
      }
      return runs;
    });
    return this.#runs;
  }

  #open(name: string, toId: number | null, fromId: number): Run {
    const options = { ...this.settings.options, start: { id: fromId } };
    const feed = new RecordFeed({ ...this.settings, options }, { run: name, toId });
    return { name, feed, isRead: false, isEnded: false };
  }
}
