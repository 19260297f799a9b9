import type { Tx } from '../../state/port';
import type { UsageStream } from '../../state/tables/usage-stream';
import { recordPage } from '../../wap/client/read-record';
import type { UsageRecord } from '../../wap/types';
import type { Alarm } from '../alarms';
import type { DuplicateIndex } from './duplicates';
import { onlyLate } from './examine';
import { type GapsToAsk, gapsToAsk, giveUpGaps, lateIn, postponeGaps } from './gaps';
import type { RecordFeedSettings, RecordOptions } from './options';
import { failedToRead, nothingRead, type RecordPollResult } from './poll-result';
import { storeExamined } from './store-page';

/** Requests a turn for ids that are missing. */
const mostLooks = 20;

/** Ids of usage records that are missing: asked for again at turns, and given up in the end. */
export class MissingRecords {
  readonly #settings: RecordFeedSettings & { options: RecordOptions };
  /** Requests that this turn may still make. */
  #looks = 0;
  /** When ids were last given up: one alarm in `missingMs` is enough. */
  #gaveUpAt = Number.NEGATIVE_INFINITY;

  constructor(settings: RecordFeedSettings & { options: RecordOptions }) {
    this.#settings = settings;
  }

  /** There may be more to ask for in this turn. */
  get isAskedFor(): boolean {
    return this.#looks > 0;
  }

  /** A turn begins. */
  async begin(stream: UsageStream): Promise<Alarm[]> {
    const { store, clock, options } = this.#settings;
    const now = clock.now();
    const isTime = now - this.#gaveUpAt >= options.missingMs;
    const alarms = isTime ? await store.transaction(tx => giveUpGaps(tx, stream, options, now)) : [];
    if (alarms.length > 0) this.#gaveUpAt = now;
    this.#looks = (await this.#due(stream)) ? mostLooks : 0;
    return alarms;
  }

  /** Makes one request; null when nothing is due. */
  async next(stream: UsageStream, index: DuplicateIndex, signal?: AbortSignal): Promise<RecordPollResult | null> {
    const asked = this.#looks > 0 ? await this.#due(stream) : null;
    this.#looks = asked ? this.#looks - 1 : 0;
    if (!asked) return null;
    const read = await lookAgain(this.#settings, stream, index, asked, signal);
    if (read.failures.length > 0) this.#looks = 0;
    return read;
  }

  /** The next request that is due; null for none. */
  #due({ id }: UsageStream): Promise<GapsToAsk | null> {
    const { store, clock, options } = this.#settings;
    return store.transaction(tx => gapsToAsk(tx, id, options.pageSize, clock.now()));
  }
}

/** Asks WAP for stretches of which some ids are missing, and stores what has come of them by now. What is known is not
 *  looked at again. */
async function lookAgain(
  { store, usage, clock, options }: RecordFeedSettings & { options: RecordOptions },
  stream: UsageStream,
  index: DuplicateIndex,
  { gaps, startId, batchSize }: GapsToAsk,
  signal?: AbortSignal,
): Promise<RecordPollResult> {
  let records: readonly UsageRecord[];
  try {
    ({ records } = await usage.records(startId, batchSize, signal ? { signal } : {}));
  } catch (error) {
    if (signal?.aborted) throw error;
    return failedToRead(error);
  }
  const now = clock.now();
  const after = (tx: Tx) => postponeGaps(tx, stream.id, gaps, { overlapMs: options.overlapMs, now });
  const { late, below } = lateIn(
    gaps,
    records.map(({ EventId: id }) => id),
  );
  if (late.size === 0) {
    await store.transaction(after);
    return nothingRead('pages');
  }
  const found = onlyLate(recordPage(records.filter(({ EventId: id }) => late.has(id))), below);
  const stored = await storeExamined(store, stream, index, found, { marked: new Set(), holeIds: 0, now, after });
  return { fetched: stored.fresh, alarms: stored.alarms, failures: [], stopped: 'pages' };
}
