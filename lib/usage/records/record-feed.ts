import { AdapterError } from '../../errors';
import type { Tx } from '../../state/port';
import { quarantineCount } from '../../state/quarantine';
import {
  countExceptions,
  discardException,
  exceptionsBetween,
  listExceptions,
  openExceptions,
  releaseMappedExceptions,
  reopenException,
} from '../../state/usage-exception';
import { countPages } from '../../state/usage-page';
import { countSlices } from '../../state/usage-slice';
import {
  addStream,
  advanceStream,
  endStream,
  findStream,
  streamById,
  takeStream,
  type UsageStream,
} from '../../state/usage-stream';
import type { Alarm } from '../alarms';
import { type EventOutcome, type Outcome, type Settled, settle } from '../delivery';
import { SetBack } from '../set-back';
import { type RecordBatch, toBatch } from './batch';
import { refreshDelivered } from './delivered';
import { DuplicateIndex } from './duplicates';
import { firstFreeId, firstIdFrom } from './find-id';
import { checkRecordSettings, type RecordFeedSettings, type RecordOptions, type RecordStart } from './options';
import { PageCache } from './page-cache';
import { Progress, type ProgressReport } from './progress';
import { pruneRecords } from './prune';
import { storeRecords } from './store-page';
import { bringForward, freeSlices, takeRecords } from './take';

export type { RecordBatch } from './batch';

/** How often mappings are looked at for records that wait for one. */
const mappingsMs = 5_000;

/** What one poll brought: at most one page. */
export interface RecordPollResult {
  /** Records that are new here. */
  fetched: number;
  alarms: Alarm[];
  failures: Array<{ feed: null; error: unknown }>;
  /** `pages`: WAP has more. `ahead`: so much is stored and not settled that reading waits. null: WAP has no more. */
  stopped: 'pages' | 'ahead' | null;
}

/** Where the records stand; times in ms UTC, ids -1 for none. */
export interface RecordStatus {
  /** Records that can be emitted now or later. */
  waiting: number;
  /** Records in batches that are out, and those batches. */
  unacknowledged: number;
  batches: number;
  /** Of `waiting`, those whose subscription has no mapping yet. */
  unmapped: number;
  dead: number;
  /** Records that their provider sent twice; not billed. */
  duplicates: number;
  quarantined: number;
  /** Age of the oldest record that is not settled, ms; null when all are. */
  oldestAgeMs: number | null;
  /** When something is due to be emitted again; null when nothing is. */
  nextDueAt: number | null;
  /** When something new came last, and when WAP had no more. */
  newAt: number | null;
  caughtUpAt: number | null;
  /** `EndTime` of the last record. */
  lastTime: string | null;
  /** How a long backfill goes; null when there is none. */
  progress: ProgressReport | null;
  feeds: Array<{ feed: 'usage'; fetched: number; delivered: number }>;
}

/** A record that is kept singly, for a person. */
export interface SingleRecord {
  eventId: number;
  attempts: number;
  reason: string | null;
  /** ms UTC. */
  since: number;
  record: unknown;
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
  #mappingsAt = 0;
  readonly #setBack = new SetBack();
  /** How far was delivered at the last turn that found too much stored. */
  #aheadAt: { delivered: number; told: boolean } | null = null;

  /** `run`: which replay it is, and its last id.
   *  @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
  constructor(
    private readonly settings: RecordFeedSettings,
    private readonly replay: { run: string; toId: number | null } | null = null,
  ) {
    this.options = checkRecordSettings(settings);
    this.#run = replay?.run ?? '';
  }

  /** Reads the next page, and stores it. The one after it is asked for by the next call only.
   *  @throws STATE_…, and the signal's reason when it is aborted; failures of WAP are in the result. */
  async poll(signal?: AbortSignal, why: 'turn' | 'more' = 'turn'): Promise<RecordPollResult> {
    const started = await this.#start(signal);
    const stream = await this.#stream(started);
    const ahead = await this.#ahead(stream);
    if (ahead) return { fetched: 0, failures: [], stopped: 'ahead', alarms: why === 'turn' ? this.#full(stream) : [] };
    this.#aheadAt = null;
    return this.#read(stream, started, signal);
  }

  async #read(stream: UsageStream, { index }: Started, signal?: AbortSignal): Promise<RecordPollResult> {
    const { store, usage, clock } = this.settings;
    const { pageSize, overlap } = this.options;
    const again = Math.max(stream.fetched + 1 - overlap, stream.forgotten + 1, 0);
    const startId = this.#next ?? again;
    let page: Awaited<ReturnType<typeof usage.records>>;
    try {
      if (stream.toId !== null && startId > stream.toId) return await this.#caughtUp(stream);
      page = await usage.records(startId, pageSize, signal ? { signal } : {});
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
    return { fetched: stored.fresh, alarms: stored.alarms, failures: [], stopped: 'pages' };
  }

  async #caughtUp(stream: UsageStream): Promise<RecordPollResult> {
    const { store, clock } = this.settings;
    const to = { fetched: -1, fresh: 0, lastTime: null, caughtUp: true, now: clock.now() };
    await store.transaction(async tx => {
      await advanceStream(tx, stream, to);
      await this.#releaseMapped(tx, stream);
    });
    this.#next = null;
    this.#progress.end();
    return { fetched: 0, alarms: [], failures: [], stopped: null };
  }

  /** The next batch to emit; null when nothing is due or `maxOpenBatches` wait for their acknowledgement. */
  async next(): Promise<RecordBatch | null> {
    const { id } = await this.#start();
    const { store, clock, installation } = this.settings;
    const { batchSize: size, maxOpenBatches, redeliveryMs } = this.options;
    const now = clock.now();
    const wentBack = this.#setBack.notices(now);
    if (wentBack) this.#mappingsAt = 0;
    const work = async (tx: Tx) => {
      if (wentBack) await bringForward(tx, id, now, redeliveryMs);
      if (now - this.#mappingsAt >= mappingsMs) {
        const stream = await streamById(tx, id);
        if (stream) await this.#releaseMapped(tx, stream);
      }
      return takeRecords(tx, id, { size, maxOpenBatches, redeliveryMs, now });
    };
    // A power cut forgets at most that the batch went out: it then comes again as if for the first time.
    const taken = await store.transaction(work, { relaxed: true });
    return taken && toBatch(taken, await this.#cache.part(store, id, taken), { installation, replay: this.#run });
  }

  /** See `settle`, which needs only the store. */
  settle(token: string, outcomes: Outcome | readonly EventOutcome[], tx?: Tx): Promise<Settled> {
    return settle(this.settings.store, this.settings.clock, token, outcomes, tx);
  }

  async status(): Promise<RecordStatus> {
    const started = await this.#start();
    const { store, clock, installation } = this.settings;
    return store.transaction(async tx => {
      const stream = await streamById(tx, started.id);
      const pages = await countPages(tx, started.id);
      const { out, free } = await countSlices(tx, started.id);
      const single = await countExceptions(tx, started.id);
      const [ready, waiting, sent] = [single.get('ready'), single.get('waiting'), single.get('sent')];
      const now = clock.now();
      const oldest = [pages.oldest, ready?.oldest, waiting?.oldest, sent?.oldest].filter(isNumber);
      const soon = waiting ? now + mappingsMs : null;
      const due = [out.due, free.due, ready?.due, waiting?.due, soon, pages.notEmitted > 0 ? now : null];
      return {
        waiting: pages.notEmitted + free.records + (ready?.total ?? 0) + (waiting?.total ?? 0),
        unacknowledged: out.records,
        batches: out.batches,
        unmapped: waiting?.total ?? 0,
        dead: single.get('dead')?.total ?? 0,
        duplicates: single.get('duplicate')?.total ?? 0,
        quarantined: await quarantineCount(tx, installation),
        oldestAgeMs: oldest.length === 0 ? null : now - Math.min(...oldest),
        nextDueAt: due.some(isNumber) ? Math.min(...due.filter(isNumber)) : null,
        newAt: stream?.newAt ?? null,
        caughtUpAt: stream?.caughtUpAt ?? null,
        lastTime: stream?.lastTime ?? null,
        progress: this.#progress.report(now),
        feeds: [{ feed: 'usage', fetched: stream?.fetched ?? -1, delivered: stream?.delivered ?? -1 }],
      };
    });
  }

  /** Records that billing refused for good, in id order. */
  async deadLetters(limit = 100): Promise<SingleRecord[]> {
    return this.#singles('dead', limit);
  }

  /** Records whose subscription has no mapping. */
  async unmapped(limit = 100): Promise<SingleRecord[]> {
    return this.#singles('waiting', limit);
  }

  async #singles(status: 'dead' | 'waiting', limit: number): Promise<SingleRecord[]> {
    const { id } = await this.#start();
    const rows = await this.settings.store.transaction(tx => listExceptions(tx, id, status, limit));
    return rows.map(({ eventId, attempts, reason, since, body }) => ({
      ...{ eventId, attempts, reason, since },
      record: JSON.parse(body) as unknown,
    }));
  }

  /** Emits a dead letter, or a record that waits, again.
   *  @throws STATE_NOT_FOUND when the record is neither. */
  async sendAgain(eventId: number): Promise<void> {
    await this.#byHand(eventId, (tx, id, now) => reopenException(tx, id, eventId, now));
  }

  /** Gives a dead letter, or a record that waits, up for good.
   *  @throws STATE_NOT_FOUND when the record is neither. */
  async discard(eventId: number, reason: string): Promise<void> {
    await this.#byHand(eventId, (tx, id, now) => discardException(tx, id, eventId, reason, now));
  }

  async #byHand(eventId: number, act: (tx: Tx, id: number, now: number) => Promise<boolean>): Promise<void> {
    const { id } = await this.#start();
    await this.settings.store.transaction(async tx => {
      if (!(await act(tx, id, this.settings.clock.now()))) {
        const sentence = `Usage record ${eventId} is neither a dead letter nor waiting.`;
        throw new AdapterError('STATE_NOT_FOUND', sentence, { subject: 'usage' });
      }
      const stream = await streamById(tx, id);
      if (stream) await refreshDelivered(tx, stream);
    });
  }

  /** Ends a replay; nothing of it is emitted after. */
  async end(): Promise<void> {
    const { id } = await this.#start();
    await this.settings.store.transaction(tx => endStream(tx, id, this.settings.clock.now()));
  }

  async #ahead(stream: UsageStream): Promise<boolean> {
    const { maxStored, maxExceptions } = this.options;
    return this.settings.store.transaction(async tx => {
      const { unsettled } = await countPages(tx, stream.id);
      return unsettled >= maxStored || (await openExceptions(tx, stream.id)) >= maxExceptions;
    });
  }

  /** Too much stored is how a slow flow slows reading down; it is an alarm when nothing moves from turn to turn. */
  #full({ delivered }: UsageStream): Alarm[] {
    const before = this.#aheadAt;
    const stands = before?.delivered === delivered;
    this.#aheadAt = { delivered, told: stands };
    if (!stands || before.told) return [];
    const message =
      `${this.options.maxStored} usage records or more are stored and none was acknowledged lately: reading stops ` +
      'until the flow acknowledges them. Nothing is lost as long as WAP keeps them (40 days).';
    return [{ kind: 'full', feed: 'usage', eventId: null, message }];
  }

  async #releaseMapped(tx: Tx, { id, installation }: UsageStream): Promise<void> {
    const now = this.settings.clock.now();
    const changedSince = this.#mappingsAt - mappingsMs - 60_000;
    this.#mappingsAt = now;
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
    const { store, clock, installation, consumer } = this.settings;
    const key = { installation, consumer, run: this.#run };
    if (!(await store.transaction(tx => findStream(tx, key)))) {
      const position = (await this.#firstId(this.options.start, signal)) - 1;
      const salt = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
      const at = { position, toId: this.replay?.toId ?? null, salt, now: clock.now() };
      await store.transaction(tx => addStream(tx, key, at));
    }
    const stream = await store.transaction(async tx => {
      const found = await findStream(tx, key);
      if (!found) return null;
      await freeSlices(tx, found.id, Number.MAX_SAFE_INTEGER, clock.now());
      return takeStream(tx, found.id);
    });
    if (!stream) throw new AdapterError('STATE_UNAVAILABLE', 'The cursor of the usage records could not be written.');
    this.#setBack.notices(Math.max(stream.newAt, stream.caughtUpAt ?? 0)); // or while nobody was here
    const index = new DuplicateIndex(stream.id, stream.salt);
    await index.load(store);
    return { id: stream.id, epoch: stream.epoch, index };
  }

  async #firstId(start: RecordStart, signal?: AbortSignal): Promise<number> {
    const { usage } = this.settings;
    if (start === 'beginning') return 0;
    if (start === 'now') return firstFreeId(usage, signal);
    return 'id' in start ? start.id : firstIdFrom(usage, start.time, signal);
  }
}

interface Started {
  id: number;
  epoch: number;
  index: DuplicateIndex;
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
