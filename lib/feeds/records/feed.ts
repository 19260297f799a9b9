import { OneAtATime } from '../../async/one-at-a-time';
import type { Tx } from '../../state/port';
import { discardException, reopenException } from '../../state/tables/usage-exception';
import { endStream, reopenStream, streamById } from '../../state/tables/usage-stream';
import type { Alarm } from '../alarms';
import type { NewBeginning } from '../begin-anew';
import type { PollReason } from '../loop/contract';
import type { Outcomes, Settled } from '../outcome';
import { settleWith } from '../settling';
import { Unanswered } from '../unanswered';
import { type RecordBatch, toBatch } from './batch';
import { MappedRecords, mappingsMs } from './mapped';
import { type RecordReplay, StreamOwner } from './open-stream';
import { checkRecordSettings, type RecordFeedSettings, type RecordOptions } from './options';
import { PageCache } from './page-cache';
import { PageReading } from './page-reading';
import type { RecordPollResult } from './poll-result';
import { recordSettling } from './settle';
import { actByHand, type SingleRecord, singleRecords } from './single-records';
import { type RecordStatus, statusOf } from './status';
import { bringForward, takeRecords } from './take';

/** Usage records of WAP for one reader: stored by page when fetched, emitted in id order until each is settled. One
 *  instance a poll node and run; a new one takes over from the last, whose open batches come again at once. */
export class RecordFeed {
  readonly options: RecordOptions;
  readonly #settings: RecordFeedSettings;
  readonly #replay: RecordReplay | null;
  readonly #owner: StreamOwner;
  readonly #reading: PageReading;
  /** One poll, or new beginning, at a time. */
  readonly #polls = new OneAtATime();
  readonly #cache = new PageCache();
  readonly #mapped = new MappedRecords();
  readonly #unanswered = new Unanswered();

  /** @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
  constructor(settings: RecordFeedSettings, replay: RecordReplay | null = null) {
    this.options = checkRecordSettings(settings);
    this.#settings = settings;
    this.#replay = replay;
    this.#owner = new StreamOwner(settings, this.options, replay);
    const shared = { owner: this.#owner, cache: this.#cache, mapped: this.#mapped };
    this.#reading = new PageReading(settings, this.options, replay, shared);
  }

  /** Reads the next page, and stores it, or asks for ids that are missing. What is next is asked for by the next call only.
   *  @throws STATE_…, and the signal's reason when it is aborted; failures of WAP are in the result. */
  poll(signal?: AbortSignal, why: PollReason = 'turn'): Promise<RecordPollResult> {
    return this.#polls.run('', undefined, () => this.#reading.poll(signal, why));
  }

  /** Reads anew from an id of WAP on, because its database was restored; not while a page is read. What is open stays, and
   *  what comes again is known by its content.
   *  @throws INPUT_INVALID for an id that is too high; WAP_REFUSED when WAP was not restored, unless `isSure`; STATE_READER
   *  when another start has taken over */
  beginAnew(fromId: number, isSure = false): Promise<NewBeginning> {
    return this.#polls.run('', undefined, () => this.#reading.beginAnew(fromId, isSure));
  }

  /** The next batch to emit; null when nothing is due or `maxOpenBatches` wait for their acknowledgement. */
  async next(): Promise<RecordBatch | null> {
    const { id, setBack } = await this.#owner.open();
    const { store, clock, installation } = this.#settings;
    const { batchSize: size, maxOpenBatches, redeliveryMs } = this.options;
    const now = clock.now();
    const { taken, overdue } = await setBack.during(now, async wentBack => {
      const looks = wentBack || this.#mapped.isDue(now);
      const work = async (tx: Tx) => {
        if (wentBack) await bringForward(tx, id, now, redeliveryMs);
        const stream = looks ? await streamById(tx, id) : null;
        if (stream) await this.#mapped.release(tx, stream, now);
        return takeRecords(tx, id, { size, maxOpenBatches, redeliveryMs, now });
      };
      // A power cut forgets at most that the batch went out: it then comes again as if for the first time.
      const due = await store.transaction(work, { relaxed: true });
      if (looks) this.#mapped.looked(now);
      return due;
    });
    this.#unanswered.note(overdue);
    if (!taken) return null;
    const of = { installation, replay: this.#replay?.run ?? null, rebuild: this.#replay?.rebuild ?? null };
    return toBatch(taken, await this.#cache.part(store, id, taken), of);
  }

  /** Batches that nobody acknowledged in time, since the last time. */
  alarms(): Alarm[] {
    return this.#unanswered.take();
  }

  /** See `settle`, which needs only the store. */
  settle(token: string, outcomes: Outcomes, tx?: Tx): Promise<Settled> {
    return settleWith(recordSettling, this.#settings, token, outcomes, tx);
  }

  /** How the stream stands, as the store has it now, and how fast it is read. */
  async status(): Promise<RecordStatus> {
    const { id } = await this.#owner.open();
    const { store, clock, installation } = this.#settings;
    const now = clock.now();
    const counts = await store.transaction(tx => statusOf(tx, id, { installation, now, mappingsMs }));
    return { ...counts, progress: this.#reading.progress(now) };
  }

  /** Records that billing refused for good, in id order. */
  async deadLetters(limit = 100): Promise<SingleRecord[]> {
    const { id } = await this.#owner.open();
    return singleRecords(this.#settings.store, id, 'dead', limit);
  }

  /** Records whose subscription has no mapping. */
  async unmapped(limit = 100): Promise<SingleRecord[]> {
    const { id } = await this.#owner.open();
    return singleRecords(this.#settings.store, id, 'waiting', limit);
  }

  /** Emits a dead letter, or a record that waits, again.
   *  @throws STATE_NOT_FOUND when the record is neither. */
  async sendAgain(eventId: number): Promise<void> {
    const { id } = await this.#owner.open();
    const { store, clock } = this.#settings;
    await actByHand(store, id, eventId, async tx => {
      const isThere = await reopenException(tx, id, eventId, clock.now());
      if (isThere) await reopenStream(tx, id); // a replay that had ended
      return isThere;
    });
  }

  /** Gives a dead letter, or a record that waits, up for good.
   *  @throws STATE_NOT_FOUND when the record is neither. */
  async discard(eventId: number, reason: string): Promise<void> {
    const { id } = await this.#owner.open();
    const { store, clock } = this.#settings;
    await actByHand(store, id, eventId, tx => discardException(tx, id, eventId, reason, clock.now()));
  }

  /** Ends a replay, of which nothing is emitted after; false when something of it is open, or it has ended. */
  async end(): Promise<boolean> {
    const { id } = await this.#owner.open();
    const { store, clock, installation } = this.#settings;
    return store.transaction(async tx => {
      const { waiting, batches } = await statusOf(tx, id, { installation, now: clock.now(), mappingsMs });
      return waiting === 0 && batches === 0 && endStream(tx, id, clock.now());
    });
  }
}
