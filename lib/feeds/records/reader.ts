import type { Tx } from '../../state/port';
import type { ConsumerKey } from '../../state/tables/cursor';
import { deadRecords } from '../../state/tables/usage-exception';
import { type UsageStream, usageReplays } from '../../state/tables/usage-stream';
import type { NewBeginning } from '../begin-anew';
import { countedRecords, idMapOf } from '../counted-usage';
import type { Place } from '../loop/commands';
import { FeedReader, type ReaderTypes, type Run, type StoredReplay } from '../loop/reader';
import type { Replay, ReplayIds, ReplayRange } from '../loop/replays';
import type { RecordBatch } from './batch';
import { RecordFeed } from './feed';
import { firstIdFrom } from './find-record';
import type { RecordFeedSettings } from './options';
import { forgetReplays } from './prune';
import type { SingleRecord } from './single-records';
import type { RecordStatus } from './status';
import { beginReplay } from './take-over';

/** How a replay stands. */
export type ReplayStatus = Pick<RecordStatus, 'waiting' | 'unacknowledged' | 'dead'> & {
  replay: string;
  fetched: number;
};

/** The permanent stream with the replays beside it. */
export type ReaderStatus = RecordStatus & { replays: ReplayStatus[] };

/** What usage records have as a kind of feed. */
export interface RecordTypes extends ReaderTypes {
  batch: RecordBatch;
  status: RecordStatus;
  letter: SingleRecord;
  replay: ReplayStatus;
}

/** Usage records that are read for ever, and replays beside them. */
export class RecordReader extends FeedReader<RecordTypes, RecordFeed> {
  readonly #settings: RecordFeedSettings;
  readonly #key: ConsumerKey;

  /** @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
  constructor(settings: RecordFeedSettings, ended: (replay: ReplayStatus) => void) {
    super(new RecordFeed(settings), settings.store, ended);
    this.#settings = settings;
    this.#key = { installation: settings.installation, consumer: settings.reader };
  }

  /** Begins a replay of what WAP still has between two places, both included; the batches of it carry its name.
   *  @throws as `range` */
  async replay({ rebuilds = false, ...places }: ReplayRange): Promise<Replay> {
    const range = await this.range(places);
    return { replay: await beginReplay(this.#settings, { ...range, rebuilds }), ...range };
  }

  /** The ids between two places, both included.
   *  @throws WAP_… when a time has to be looked up and WAP does not answer. */
  async range({ from, to }: { from: Place; to: Place | null }): Promise<ReplayIds> {
    const { store } = this.#settings;
    const usage = countedRecords(this.#settings.usage, store, this.#key);
    const map = await idMapOf(store, this.#key, 'usage');
    const fromId = 'id' in from ? map.given(from.id) : await firstIdFrom(usage, from.time);
    const toId = to && ('id' in to ? map.given(to.id) : (await firstIdFrom(usage, to.time)) - 1);
    return { fromId, toId };
  }

  /** Reads anew from a place in WAP on, because WAP's database was restored.
   *  @throws WAP_… when a time has to be looked up and WAP does not answer; INPUT_INVALID; WAP_REFUSED
   *  when it was not, unless `isSure` */
  async beginAnew(from: Place, isSure: boolean): Promise<NewBeginning> {
    return this.main.beginAnew('id' in from ? from.id : await firstIdFrom(this.#settings.usage, from.time), isSure);
  }

  /** See `RecordFeed`; of a record that is not set aside there, in the first replay where it is. */
  async sendAgain(eventId: number): Promise<void> {
    await this.inFirstThatHas(each => each.sendAgain(eventId));
  }

  /** See `sendAgain`. */
  async discard(eventId: number, reason: string): Promise<void> {
    await this.inFirstThatHas(each => each.discard(eventId, reason));
  }

  /** Replays that go on, and ended ones with dead letters: the others are only waited for to be forgotten. */
  protected override async storedReplays(tx: Tx): Promise<Array<StoredReplay<RecordFeed>>> {
    const stored: Array<StoredReplay<RecordFeed>> = [];
    for (const stream of await usageReplays(tx, this.#key)) {
      const isEnded = stream.endedAt !== null;
      if (isEnded && (await deadRecords(tx, stream.id)) === 0) continue;
      stored.push({ name: stream.run, isEnded, open: () => this.#open(stream) });
    }
    return stored;
  }

  /** Once it was read to its end there is nothing more to read. */
  protected override isDue(run: Run<RecordFeed>): boolean {
    return !isRead(run);
  }

  protected override statusOf({ name }: Run<RecordFeed>, status: RecordStatus): ReplayStatus {
    const { waiting, unacknowledged, dead, feeds } = status;
    return { replay: name, fetched: feeds[0]?.fetched ?? -1, waiting, unacknowledged, dead };
  }

  protected override async endIfOver(run: Run<RecordFeed>): Promise<boolean> {
    return isRead(run) && run.feed.end();
  }

  protected override forgetReplays(): Promise<string[]> {
    const { store, clock } = this.#settings;
    return forgetReplays(store, this.#key, this.main.options, clock.now());
  }

  /** A feed of the replay's own stream; for totals it says what it rebuilds. */
  #open({ run, toId, rebuildsFrom, startedAt }: UsageStream): RecordFeed {
    const rebuild = rebuildsFrom === null ? null : { run, fromId: rebuildsFrom, toId, startedAt };
    return new RecordFeed(this.#settings, { run, toId, rebuild });
  }
}

/** WAP was read up to the end of the replay. */
const isRead = ({ last }: Run<RecordFeed>): boolean =>
  last !== null && last.stopped === null && last.failures.length === 0;
