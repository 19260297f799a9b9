import type { ConsumerKey } from '../../state/tables/cursor';
import { deadRecords } from '../../state/tables/usage-exception';
import { type UsageStream, usageReplays } from '../../state/tables/usage-stream';
import type { Alarm } from '../alarms';
import type { NewBeginning } from '../begin-anew';
import { countedRecords, idMapOf } from '../counted-usage';
import type { EventOutcome, Outcome } from '../events/delivery';
import { firstIdFrom } from '../find-id';
import type { Place } from '../loop/commands';
import type { LoopPoll } from '../loop/contract';
import { addPoll, earliest, firstThatHas, type IdRange, type Replay, type ReplayRange } from '../loop/replays';
import { wasRefused } from '../refusals';
import { type RecordBatch, RecordFeed, type RecordStatus } from './feed';
import type { RecordFeedSettings } from './options';
import { forgetReplays } from './prune';
import type { SingleRecord } from './single-records';
import { beginReplay } from './take-over';

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
  /** What was opened of the replays. Which there are, and which of them go on, only the store knows: commands change it
   *  while a poll waits for something. */
  readonly #opened = new Map<string, Run>();
  /** Whether the main run has more to read. */
  #more = false;
  /** Of this turn. */
  #failures: LoopPoll['failures'] = [];

  constructor(
    private readonly settings: RecordFeedSettings,
    private readonly ended: (replay: ReplayStatus) => void,
  ) {
    this.main = new RecordFeed(settings);
  }

  /** Reads a page of everything that is due. */
  async poll(signal?: AbortSignal, why: 'turn' | 'more' = 'turn'): Promise<LoopPoll> {
    const failures = why === 'turn' ? [] : this.#failures;
    const result: LoopPoll = { fetched: 0, alarms: [], failures, stopped: null };
    if (why === 'turn' || this.#more) {
      addPoll(result, await this.main.poll(signal, why));
      this.#more = result.stopped !== null;
    }
    for (const run of await this.#replays()) {
      if (wasRefused(result)) break;
      if (run.isRead) continue;
      const read = await run.feed.poll(signal, why);
      addPoll(result, read);
      run.isRead = read.stopped === null && read.failures.length === 0;
    }
    if (why === 'turn') await this.#forget();
    this.#failures = result.failures;
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

  /** See `PolledFeed`. */
  alarms(): Alarm[] {
    return [this.main, ...[...this.#opened.values()].map(run => run.feed)].flatMap(feed => feed.alarms());
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
      if (run.isRead && (await run.feed.end())) {
        this.ended(status);
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
   *  @throws as `range` */
  async replay({ rebuilds = false, ...places }: ReplayRange): Promise<Replay> {
    const range = await this.range(places);
    return { replay: await beginReplay(this.settings, { ...range, rebuilds }), ...range };
  }

  /** The ids between two places, both included.
   *  @throws WAP_… when a time has to be looked up and WAP does not answer. */
  async range({ from, to }: { from: Place; to: Place | null }): Promise<IdRange> {
    const { store } = this.settings;
    const usage = countedRecords(this.settings.usage, store, this.#key);
    const map = await idMapOf(store, this.#key, 'usage');
    const fromId = 'id' in from ? map.given(from.id) : await firstIdFrom(usage, from.time);
    const toId = to && ('id' in to ? map.given(to.id) : (await firstIdFrom(usage, to.time)) - 1);
    return { fromId, toId };
  }

  /** Reads anew from a place in WAP on, because WAP's database was restored.
   *  @throws WAP_… when a time has to be looked up and WAP does not answer; INPUT_INVALID; WAP_REFUSED
   *  when it was not, unless `isSure` */
  async beginAnew(from: Place, isSure: boolean): Promise<NewBeginning> {
    return this.main.beginAnew('id' in from ? from.id : await firstIdFrom(this.settings.usage, from.time), isSure);
  }

  get #key(): ConsumerKey {
    const { installation, consumer } = this.settings;
    return { installation, consumer };
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
    await firstThatHas([null, ...(await this.#kept())], each => (each?.feed ?? this.main).sendAgain(eventId));
  }

  /** See `sendAgain`. */
  async discard(eventId: number, reason: string): Promise<void> {
    await firstThatHas([null, ...(await this.#kept())], each => (each?.feed ?? this.main).discard(eventId, reason));
  }

  async #forget(): Promise<void> {
    const { store, clock } = this.settings;
    const gone = await forgetReplays(store, this.#key, this.main.options, clock.now());
    for (const name of gone) this.#opened.delete(name);
  }

  /** Those that have not come to their end. */
  async #replays(): Promise<Run[]> {
    return (await this.#listed()).filter(({ isEnded }) => !isEnded).map(({ run }) => run);
  }

  /** Those too that have ended and left dead letters. */
  async #kept(): Promise<Run[]> {
    return (await this.#listed()).map(({ run }) => run);
  }

  /** Of an earlier start too. */
  async #listed(): Promise<Array<{ run: Run; isEnded: boolean }>> {
    const replays = await this.settings.store.transaction(async tx => {
      const found: Array<{ stream: UsageStream; isEnded: boolean }> = [];
      for (const stream of await usageReplays(tx, this.#key)) {
        const isEnded = stream.endedAt !== null;
        if (isEnded && (await deadRecords(tx, stream.id)) === 0) continue;
        found.push({ stream, isEnded });
      }
      return found;
    });
    return replays.map(({ stream, isEnded }) => ({ run: this.#runOf(stream), isEnded }));
  }

  #runOf({ run: name, toId, rebuildsFrom, startedAt }: UsageStream): Run {
    const known = this.#opened.get(name);
    if (known) return known;
    const rebuild = rebuildsFrom === null ? null : { run: name, fromId: rebuildsFrom, toId, startedAt };
    const run = { name, feed: new RecordFeed(this.settings, { run: name, toId, rebuild }), isRead: false };
    this.#opened.set(name, run);
    return run;
  }
}
