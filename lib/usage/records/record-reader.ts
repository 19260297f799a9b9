import type { ConsumerKey } from '../../state/cursor';
import { openReplays } from '../../state/usage-stream';
import type { Place } from '../commands';
import type { EventOutcome, Outcome } from '../delivery';
import type { LoopPoll } from '../loop-contract';
import { addPoll, earliest, newReplayName, type Replay } from '../replays';
import { firstIdFrom } from './find-id';
import type { RecordFeedSettings } from './options';
import { forgetReplays } from './prune';
import { type RecordBatch, RecordFeed, type RecordStatus } from './record-feed';

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
    if (why === 'turn') {
      const { store, installation, consumer, clock } = this.settings;
      await forgetReplays(store, { installation, consumer }, this.main.options, clock.now());
    }
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
    for (const run of [...(await this.#replays())]) {
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
    const runs = await this.#replays();
    const replay = newReplayName(clock.now(), runs);
    const run = this.#open(replay, toId, fromId);
    await run.feed.status(); // it is in the store from here on
    runs.push(run);
    return { replay, fromId, toId };
  }

  async #end(run: Run, status: ReplayStatus): Promise<void> {
    await run.feed.end();
    this.#runs = (this.#runs ?? []).filter(each => each !== run);
    this.ended(status);
  }

  /** Those of an earlier start go on. */
  async #replays(): Promise<Run[]> {
    if (this.#runs) return this.#runs;
    const { store, installation, consumer } = this.settings;
    const key: ConsumerKey = { installation, consumer };
    const open = await store.transaction(tx => openReplays(tx, key));
    this.#runs = open.map(({ run, toId }) => this.#open(run, toId, 0));
    return this.#runs;
  }

  #open(name: string, toId: number | null, fromId: number): Run {
    const options = { ...this.settings.options, start: { id: fromId } };
    const feed = new RecordFeed({ ...this.settings, options }, { run: name, toId });
    return { name, feed, isRead: false };
  }
}
