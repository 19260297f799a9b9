import { OneAtATime } from '../../async/one-at-a-time';
import { SetBack } from '../../async/set-back';
import { AdapterError } from '../../errors';
import type { Tx } from '../../state/port';
import {
  discardException,
  exceptionsBetween,
  releaseMappedExceptions,
  reopenException,
} from '../../state/tables/usage-exception';
import {
  advanceStream,
  endStream,
  findStream,
  reopenStream,
  streamById,
  type UsageStream,
} from '../../state/tables/usage-stream';
import type { RebuildMark } from '../../usage/totals/rebuild';
import type { WapUsage } from '../../wap/client/usage';
import type { Alarm } from '../alarms';
import type { NewBeginning } from '../begin-anew';
import { countedRecords } from '../counted-usage';
import { type EventOutcome, type Outcome, type Settled, settle } from '../events/delivery';
import { PageEnd } from '../page-end';
import { Unanswered } from '../unanswered';
import { BackAlarm, Emptied } from '../went-back';
import { isAhead, Standstill } from './ahead';
import { type RecordBatch, toBatch } from './batch';
import { beginRecordsAnew } from './begin-anew';
import { checkRecords } from './check-records';
import { DuplicateIndex } from './duplicates';
import { MissingRecords } from './look-again';
import { checkRecordSettings, type RecordFeedSettings, type RecordOptions } from './options';
import { PageCache } from './page-cache';
import type { RecordPollResult } from './poll-result';
import { Progress } from './progress';
import { pruneRecords } from './prune';
import { actByHand, type SingleRecord, singleRecords } from './single-records';
import { type RecordStatus, statusOf } from './status';
import { storeRecords } from './store-page';
import { bringForward, takeRecords } from './take';
import { takeOver } from './take-over';

export type { RecordBatch } from './batch';
export type { RecordPollResult } from './poll-result';
export type { RecordStatus } from './status';

/** How often mappings are looked at for records that wait for one. */
const mappingsMs = 5_000;

interface Started {
  id: number;
  epoch: number;
  index: DuplicateIndex;
}

/** Usage records of WAP for one consumer: stored by page when fetched, emitted in id order until each is settled. One
 *  instance a poll node and run; a new one takes over from the last, whose open batches come again at once. */
export class RecordFeed {
  readonly options: RecordOptions;
  readonly #run: string;
  readonly #cache = new PageCache();
  readonly #progress = new Progress();
  #started: Promise<Started> | undefined;
  /** Where the run under way goes on; null: a new run begins below the cursor. */
  #next: number | null = null;
  /** The end was read in this turn. */
  #isCaughtUp = false;
  #end: PageEnd;
  #mappingsAt = 0;
  readonly #setBack = new SetBack();
  readonly #usage: Pick<WapUsage, 'records'>;
  readonly #missing: MissingRecords;
  readonly #back = new BackAlarm();
  readonly #emptied = new Emptied();
  /** One poll, or new beginning, at a time. */
  readonly #reading = new OneAtATime();
  readonly #unanswered = new Unanswered();
  readonly #standstill: Standstill;

  /** `run`: which replay it is, and its last id; `rebuild`: how it counts totals from nothing.
   *  @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
  constructor(
    private readonly settings: RecordFeedSettings,
    private readonly replay: { run: string; toId: number | null; rebuild?: RebuildMark | null } | null = null,
  ) {
    this.options = checkRecordSettings(settings);
    this.#run = replay?.run ?? '';
    const { store, installation, consumer } = settings;
    this.#usage = countedRecords(settings.usage, store, { installation, consumer });
    this.#missing = new MissingRecords({ ...settings, usage: this.#usage, options: this.options });
    this.#end = new PageEnd(this.options.pageSize);
    this.#standstill = new Standstill(this.options.maxStored);
  }

  /** Reads the next page, and stores it, or asks for ids that are missing. What is next is asked for by the next call only.
   *  @throws STATE_…, and the signal's reason when it is aborted; failures of WAP are in the result. */
  poll(signal?: AbortSignal, why: 'turn' | 'more' = 'turn'): Promise<RecordPollResult> {
    return this.#reading.run('', undefined, () => this.#poll(signal, why));
  }

  async #poll(signal: AbortSignal | undefined, why: 'turn' | 'more'): Promise<RecordPollResult> {
    const started = await this.#start(signal);
    const stream = await this.#stream(started);
    if (await this.settings.store.transaction(tx => isAhead(tx, stream.id, this.options))) {
      const alarms = why === 'turn' ? this.#standstill.turn(stream) : [];
      return { fetched: 0, failures: [], stopped: 'ahead', alarms };
    }
    this.#standstill.over();
    const found = await this.#missing.next(stream, started.index, signal);
    if (found && (why === 'more' || found.failures.length > 0)) return found;
    if (why === 'turn' && !this.replay) {
      // Also when the last turn has not asked for all that is missing: what is new must not wait for that.
      const read = await this.#beginTurn(stream, started, signal);
      const alarms = [...(found?.alarms ?? []), ...read.alarms];
      return { ...read, alarms, fetched: read.fetched + (found?.fetched ?? 0) };
    }
    // What was still missing was asked for after the end was read.
    if (why === 'more' && this.#isCaughtUp) return { fetched: 0, failures: [], stopped: null, alarms: [] };
    return this.#read(stream, started, signal);
  }

  /** What is missing is asked for once WAP has shown what it has shown before. */
  async #beginTurn(stream: UsageStream, started: Started, signal?: AbortSignal): Promise<RecordPollResult> {
    this.#isCaughtUp = false;
    const read = await this.#read(stream, started, signal);
    read.alarms.push(...this.#back.of(read.failures, 'usage'));
    if (read.failures.length > 0) return read;
    read.alarms.push(...(await this.#missing.begin(stream)));
    return { ...read, stopped: this.#missing.isAskedFor ? 'pages' : read.stopped };
  }

  /** Reads anew from an id of WAP on, because its database was restored; not while a page is read. What is open stays, and
   *  what comes again is known by its content.
   *  @throws INPUT_INVALID for an id that is too high; WAP_REFUSED when WAP was not restored, unless `isSure`; STATE_READER
   *  when another start has taken over */
  beginAnew(fromId: number, isSure = false): Promise<NewBeginning> {
    return this.#reading.run('', undefined, async () => {
      this.#back.checkMayBeginAnew(isSure);
      const stream = await this.#stream(await this.#start());
      const begun = await beginRecordsAnew(this.settings, stream, fromId);
      this.#next = null;
      this.#isCaughtUp = false;
      return begun;
    });
  }

  async #read(stream: UsageStream, { index }: Started, signal?: AbortSignal): Promise<RecordPollResult> {
    const { store, clock } = this.settings;
    const usage = this.#usage;
    const { pageSize, overlap, retentionMs } = this.options;
    const again = Math.max(stream.fetched + 1 - overlap, stream.forgotten + 1, 0);
    const startId = this.#next ?? again;
    let page: Awaited<ReturnType<typeof usage.records>>;
    try {
      if (stream.toId !== null && startId > stream.toId) return await this.#caughtUp(stream);
      page = await usage.records(startId, pageSize, signal ? { signal } : {});
      const shown = { startId, asked: pageSize, records: page.records };
      const at = { retentionMs, emptied: this.#emptied, now: clock.now(), ...(signal ? { signal } : {}) };
      if (!this.replay) await checkRecords({ store, usage }, stream, shown, at);
    } catch (error) {
      if (signal?.aborted) throw error;
      return { fetched: 0, alarms: [], failures: [{ feed: null, error }], stopped: null };
    }
    const last = page.records.at(-1);
    if (!last) return this.#caughtUp(stream);
    if (last.EventId < startId) {
      const error = new AdapterError(
        'WAP_BAD_RESPONSE',
        `WAP's usage cannot be read: the page from ${startId} ends at ${last.EventId}.`,
        { subject: 'usage' },
      );
      return { fetched: 0, alarms: [], failures: [{ feed: null, error }], stopped: null };
    }
    const now = clock.now();
    const stored = await storeRecords(store, stream, index, page, {
      marked: await this.#marked(startId, last.EventId),
      holeIds: this.options.holeIds,
      now,
      after: tx => pruneRecords(tx, stream, index, this.options, now),
    });
    for (const records of stored.pages) this.#cache.keep(records);
    this.#next = last.EventId + 1;
    if (stored.fresh > 0) this.#progress.note(stored.fresh, last.EndTime, now);
    const read = { fetched: stored.fresh, alarms: stored.alarms, failures: [] };
    // A replay goes on until WAP has no more.
    if (this.replay || !this.#end.isShownBy(page.records.length)) return { ...read, stopped: 'pages' };
    return { ...(await this.#caughtUp(stream)), ...read };
  }

  async #caughtUp(stream: UsageStream): Promise<RecordPollResult> {
    const { store, clock } = this.settings;
    const now = clock.now();
    await store.transaction(async tx => {
      await advanceStream(tx, stream, { fetched: -1, fresh: 0, lastTime: null, caughtUp: true, now });
      await this.#releaseMapped(tx, stream, now);
    });
    this.#mappingsAt = now;
    this.#next = null;
    this.#isCaughtUp = !this.replay;
    this.#end = new PageEnd(this.options.pageSize);
    this.#progress.end();
    return { fetched: 0, alarms: [], failures: [], stopped: null };
  }

  /** The next batch to emit; null when nothing is due or `maxOpenBatches` wait for their acknowledgement. */
  async next(): Promise<RecordBatch | null> {
    const { id } = await this.#start();
    const { store, clock, installation } = this.settings;
    const { batchSize: size, maxOpenBatches, redeliveryMs } = this.options;
    const now = clock.now();
    const { taken, overdue } = await this.#setBack.during(now, async wentBack => {
      const looks = wentBack || now - this.#mappingsAt >= mappingsMs;
      const work = async (tx: Tx) => {
        if (wentBack) await bringForward(tx, id, now, redeliveryMs);
        const stream = looks ? await streamById(tx, id) : null;
        if (stream) await this.#releaseMapped(tx, stream, now);
        return takeRecords(tx, id, { size, maxOpenBatches, redeliveryMs, now });
      };
      // A power cut forgets at most that the batch went out: it then comes again as if for the first time.
      const due = await store.transaction(work, { relaxed: true });
      if (looks) this.#mappingsAt = now;
      return due;
    });
    this.#unanswered.note(overdue);
    if (!taken) return null;
    const of = { installation, replay: this.#run, rebuild: this.replay?.rebuild ?? null };
    return toBatch(taken, await this.#cache.part(store, id, taken), of);
  }

  /** Batches that nobody acknowledged in time, since the last time. */
  alarms(): Alarm[] {
    return this.#unanswered.take();
  }

  /** See `settle`, which needs only the store. */
  settle(token: string, outcomes: Outcome | readonly EventOutcome[], tx?: Tx): Promise<Settled> {
    return settle(this.settings.store, this.settings.clock, token, outcomes, tx);
  }

  async status(): Promise<RecordStatus> {
    const { id } = await this.#start();
    const { store, clock, installation } = this.settings;
    const now = clock.now();
    const counts = await store.transaction(tx => statusOf(tx, id, { installation, now, mappingsMs }));
    return { ...counts, progress: this.#progress.report(now) };
  }

  /** Records that billing refused for good, in id order. */
  async deadLetters(limit = 100): Promise<SingleRecord[]> {
    const { id } = await this.#start();
    return singleRecords(this.settings.store, id, 'dead', limit);
  }

  /** Records whose subscription has no mapping. */
  async unmapped(limit = 100): Promise<SingleRecord[]> {
    const { id } = await this.#start();
    return singleRecords(this.settings.store, id, 'waiting', limit);
  }

  /** Emits a dead letter, or a record that waits, again.
   *  @throws STATE_NOT_FOUND when the record is neither. */
  async sendAgain(eventId: number): Promise<void> {
    const { id } = await this.#start();
    const { store, clock } = this.settings;
    await actByHand(store, id, eventId, async tx => {
      const isThere = await reopenException(tx, id, eventId, clock.now());
      if (isThere) await reopenStream(tx, id); // a replay that had ended
      return isThere;
    });
  }

  /** Gives a dead letter, or a record that waits, up for good.
   *  @throws STATE_NOT_FOUND when the record is neither. */
  async discard(eventId: number, reason: string): Promise<void> {
    const { id } = await this.#start();
    const { store, clock } = this.settings;
    await actByHand(store, id, eventId, tx => discardException(tx, id, eventId, reason, clock.now()));
  }

  /** Ends a replay, of which nothing is emitted after; false when something of it is open, or it has ended. */
  async end(): Promise<boolean> {
    const { id } = await this.#start();
    const { store, clock, installation } = this.settings;
    return store.transaction(async tx => {
      const { waiting, batches } = await statusOf(tx, id, { installation, now: clock.now(), mappingsMs });
      return waiting === 0 && batches === 0 && endStream(tx, id, clock.now());
    });
  }

  async #releaseMapped(tx: Tx, { id, installation }: UsageStream, now: number): Promise<void> {
    const changedSince = this.#mappingsAt - mappingsMs - 60_000;
    await releaseMappedExceptions(tx, id, { installation, changedSince, now });
  }

  /** Of a replay: ids that the run that goes on for ever has marked as a provider's duplicates. */
  async #marked(from: number, to: number): Promise<ReadonlySet<number>> {
    if (this.#run === '') return new Set();
    const { store, installation, consumer } = this.settings;
    return store.transaction(async tx => {
      const main = await findStream(tx, { installation, consumer, run: '' });
      if (!main) return new Set<number>();
      return new Set((await exceptionsBetween(tx, main.id, from, to, 'duplicate')).keys());
    });
  }

  async #stream({ id, epoch }: Started): Promise<UsageStream> {
    const stream = await this.settings.store.transaction(tx => streamById(tx, id));
    if (!stream) throw new AdapterError('STATE_UNAVAILABLE', 'The cursor of the usage records is gone.');
    return { ...stream, epoch };
  }

  /** Once an instance: takes over from an earlier one. A failed start is tried again. */
  #start(signal?: AbortSignal): Promise<Started> {
    this.#started ??= this.#takeOver(signal).catch(error => {
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  async #takeOver(signal?: AbortSignal): Promise<Started> {
    const { installation, consumer, store } = this.settings;
    const key = { installation, consumer, run: this.#run };
    const at = { start: this.options.start, toId: this.replay?.toId ?? null };
    const stream = await takeOver(this.settings, key, at, signal);
    this.#setBack.notices(Math.max(stream.newAt, stream.caughtUpAt ?? 0)); // or while nobody was here
    const index = new DuplicateIndex(stream.id, stream.salt);
    await index.load(store);
    return { id: stream.id, epoch: stream.epoch, index };
  }
}
