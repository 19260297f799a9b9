import { AdapterError } from '../../errors';
import { exceptionsBetween } from '../../state/tables/usage-exception';
import { advanceStream, findStream, type UsageStream } from '../../state/tables/usage-stream';
import type { RecordPage, WapUsage } from '../../wap/client/usage';
import type { NewBeginning } from '../begin-anew';
import { countedRecords } from '../counted-usage';
import type { PollReason, ProgressReport } from '../loop/contract';
import { PageEnd } from '../page-end';
import { BackAlarm, Emptied } from '../went-back';
import { beginRecordsAnew } from './begin-anew';
import { isTooMuchOpen, Standstill } from './bounds';
import { checkRecords } from './check-records';
import { MissingRecords } from './look-again';
import type { MappedRecords } from './mapped';
import type { OpenStream, RecordReplay, StreamOwner } from './open-stream';
import type { RecordFeedSettings, RecordOptions } from './options';
import type { PageCache } from './page-cache';
import { failedToRead, nothingRead, type RecordPollResult } from './poll-result';
import { Progress } from './progress';
import { pruneRecords } from './prune';
import { storeRecords } from './store-page';

/** What reading shares with sending. */
interface Shared {
  owner: StreamOwner;
  cache: PageCache;
  mapped: MappedRecords;
}

/** Reads usage records from WAP page by page, each stored before the next is asked for. One poll at a time. */
export class PageReading {
  readonly #settings: RecordFeedSettings;
  readonly #options: RecordOptions;
  readonly #replay: RecordReplay | null;
  readonly #shared: Shared;
  readonly #usage: Pick<WapUsage, 'records'>;
  readonly #missing: MissingRecords;
  readonly #standstill: Standstill;
  readonly #back = new BackAlarm();
  readonly #emptied = new Emptied();
  readonly #progress = new Progress();
  /** Where reading goes on; null: it begins again, below the cursor. */
  #next: number | null = null;
  /** The end was read in this turn. */
  #isCaughtUp = false;
  /** What is known of the length of WAP's pages; begins anew with each turn. */
  #end: PageEnd;

  constructor(settings: RecordFeedSettings, options: RecordOptions, replay: RecordReplay | null, shared: Shared) {
    this.#settings = settings;
    this.#options = options;
    this.#replay = replay;
    this.#shared = shared;
    const { store, installation, reader: consumer } = settings;
    this.#usage = countedRecords(settings.usage, store, { installation, consumer });
    this.#missing = new MissingRecords({ ...settings, usage: this.#usage, options });
    this.#end = new PageEnd(options.pageSize);
    this.#standstill = new Standstill(options.maxStored);
  }

  /** How fast reading goes; null when there is nothing to say. */
  progress(now: number): ProgressReport | null {
    return this.#progress.report(now);
  }

  /** See `RecordFeed.poll`. */
  async poll(signal: AbortSignal | undefined, why: PollReason): Promise<RecordPollResult> {
    const open = await this.#shared.owner.open(signal);
    const stream = await this.#shared.owner.current(signal);
    if (await this.#settings.store.transaction(tx => isTooMuchOpen(tx, stream.id, this.#options))) {
      return nothingRead('open', why === 'turn' ? this.#standstill.turn(stream) : []);
    }
    this.#standstill.over();
    const found = await this.#missing.next(stream, open.index, signal);
    if (found && (why === 'more' || found.failures.length > 0)) return found;
    if (why === 'turn' && !this.#replay) {
      // Also when the last turn has not asked for all that is missing: what is new must not wait for that.
      const read = await this.#beginTurn(stream, open, signal);
      const alarms = [...(found?.alarms ?? []), ...read.alarms];
      return { ...read, alarms, fetched: read.fetched + (found?.fetched ?? 0) };
    }
    // What was still missing was asked for after the end was read.
    if (why === 'more' && this.#isCaughtUp) return nothingRead(null);
    return this.#read(stream, open, signal);
  }

  /** See `RecordFeed.beginAnew`. */
  async beginAnew(fromId: number, isSure: boolean): Promise<NewBeginning> {
    this.#back.checkMayBeginAnew(isSure);
    const begun = await beginRecordsAnew(this.#settings, await this.#shared.owner.current(), fromId);
    this.#next = null;
    this.#isCaughtUp = false;
    return begun;
  }

  /** What is missing is asked for once WAP has shown what it has shown before. */
  async #beginTurn(stream: UsageStream, open: OpenStream, signal?: AbortSignal): Promise<RecordPollResult> {
    this.#isCaughtUp = false;
    const read = await this.#read(stream, open, signal);
    read.alarms.push(...this.#back.of(read.failures, 'usage'));
    if (read.failures.length > 0) return read;
    read.alarms.push(...(await this.#missing.begin(stream)));
    return { ...read, stopped: this.#missing.isAskedFor ? 'pages' : read.stopped };
  }

  /** Asks for the page where reading goes on, and stores it. */
  async #read(stream: UsageStream, { index }: OpenStream, signal?: AbortSignal): Promise<RecordPollResult> {
    const again = Math.max(stream.fetched + 1 - this.#options.overlap, stream.forgotten + 1, 0);
    const startId = this.#next ?? again;
    if (stream.toId !== null && startId > stream.toId) return this.#caughtUp(stream);
    let page: RecordPage;
    try {
      page = await this.#ask(stream, startId, signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      return failedToRead(error);
    }
    const last = page.records.at(-1);
    if (!last) return this.#caughtUp(stream);
    const { store, clock } = this.#settings;
    const now = clock.now();
    const stored = await storeRecords(store, stream, index, page, {
      marked: await this.#marked(startId, last.EventId),
      holeIds: this.#options.holeIds,
      now,
      after: tx => pruneRecords(tx, stream, index, this.#options, now),
    });
    for (const records of stored.pages) this.#shared.cache.keep(records);
    this.#next = last.EventId + 1;
    if (stored.fresh > 0) this.#progress.note(stored.fresh, last.EndTime, now);
    const read = { fetched: stored.fresh, alarms: stored.alarms, failures: [] };
    // A replay goes on until WAP has no more.
    if (this.#replay || !this.#end.isShownBy(page.records.length)) return { ...read, stopped: 'pages' };
    return { ...(await this.#caughtUp(stream)), ...read };
  }

  /** @throws WAP_BAD_RESPONSE when no page can follow (WAP ignored `startId`); WAP_WENT_BACK; WAP_… */
  async #ask(stream: UsageStream, startId: number, signal?: AbortSignal): Promise<RecordPage> {
    const { store, clock } = this.#settings;
    const { pageSize: asked, retentionMs } = this.#options;
    const given = signal ? { signal } : {};
    const page = await this.#usage.records(startId, asked, given);
    const at = { retentionMs, emptied: this.#emptied, now: clock.now(), ...given };
    const usage = { store, usage: this.#usage };
    if (!this.#replay) await checkRecords(usage, stream, { startId, asked, records: page.records }, at);
    const last = page.records.at(-1);
    if (!last || last.EventId >= startId) return page;
    const sentence = `WAP's usage cannot be read: the page from ${startId} ends at ${last.EventId}.`;
    throw new AdapterError('WAP_BAD_RESPONSE', sentence, { subject: 'usage' });
  }

  /** WAP has no more, for now. The next turn begins below the cursor again. */
  async #caughtUp(stream: UsageStream): Promise<RecordPollResult> {
    const { store, clock } = this.#settings;
    const { mapped } = this.#shared;
    const now = clock.now();
    await store.transaction(async tx => {
      await advanceStream(tx, stream, { fetched: -1, fresh: 0, lastTime: null, caughtUp: true, now });
      await mapped.release(tx, stream, now);
    });
    mapped.looked(now);
    this.#next = null;
    this.#isCaughtUp = !this.#replay;
    this.#end = new PageEnd(this.#options.pageSize);
    this.#progress.end();
    return nothingRead(null);
  }

  /** Of a replay: ids that the main run has marked as a provider's duplicates. */
  async #marked(from: number, to: number): Promise<ReadonlySet<number>> {
    if (!this.#replay) return new Set();
    const { store, installation, reader: consumer } = this.#settings;
    return store.transaction(async tx => {
      const main = await findStream(tx, { installation, consumer, run: '' });
      if (!main) return new Set<number>();
      return new Set((await exceptionsBetween(tx, main.id, from, to, 'duplicate')).keys());
    });
  }
}
