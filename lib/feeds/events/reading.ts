import type { Store } from '../../state/port';
import { type ConsumerKey, selectCursors } from '../../state/tables/cursor';
import type { WapUsage } from '../../wap/client/usage';
import type { NewBeginning } from '../begin-anew';
import { countedEvents } from '../counted-usage';
import { BackAlarm, Emptied } from '../went-back';
import { beginEventsAnew } from './begin-anew';
import { horizonOf, refreshDelivered } from './cursors';
import { noEnd } from './feed-pages';
import { giveUpMissing } from './missing';
import type { EventFeedSettings, FeedOptions } from './options';
import { lookUpParents, releaseFound } from './parents';
import { pendingTooLong } from './pending';
import { prune } from './prune';
import { type PollResult, Round } from './round';

/** The least time between two looks at all missing ids. */
const leastApartMs = 60_000;

/** Reads events from WAP round by round, and looks after what waits for a parent or for WAP's decision. One poll at a time. */
export class EventReading {
  readonly #settings: EventFeedSettings;
  readonly #options: FeedOptions;
  readonly #key: ConsumerKey;
  readonly #usage: Pick<WapUsage, 'events'>;
  readonly #back = new BackAlarm();
  readonly #emptied = new Emptied();
  /** The round that goes on with the next poll. */
  #round: Round | undefined;
  #highest = Number.POSITIVE_INFINITY;
  /** When all that is missing was looked at last, ms UTC. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** The round under way may give up ids at its end. */
  #givesUp = false;
  /** When ids were last given up: one alarm in `missingMs` is enough. */
  #gaveUpAt = Number.NEGATIVE_INFINITY;

  constructor(settings: EventFeedSettings, options: FeedOptions, key: ConsumerKey) {
    this.#settings = settings;
    this.#options = options;
    this.#key = key;
    const { installation, reader, beginningsOf: consumer = reader } = settings;
    this.#usage = countedEvents(settings.usage, settings.store, { installation, consumer });
  }

  /** Ids above it are not emitted yet: what a round reads at its beginning goes out when each feed was asked once, so that
   *  batches are not torn. */
  get highest(): number {
    return this.#highest;
  }

  /** See `EventFeed.poll`. */
  async poll(epoch: number, signal?: AbortSignal): Promise<PollResult> {
    const { store, feeds, clock } = this.#settings;
    const key = this.#key;
    if (!this.#round) {
      this.#highest = horizonOf(await store.transaction(tx => selectCursors(tx, key)), feeds);
      this.#round = this.#newRound(epoch, signal);
    }
    const result = await this.#readOn(this.#round).finally(() => {
      this.#highest = Number.POSITIVE_INFINITY;
    });
    if (this.#round) return result;
    result.alarms.push(...this.#back.of(result.failures, 'events'));
    await this.#lookAfter(result, signal);
    await store.transaction(tx => refreshDelivered(tx, key));
    await prune(store, key, this.#options, clock.now());
    return result;
  }

  /** See `EventFeed.beginAnew`. */
  async beginAnew(fromId: number, isSure: boolean): Promise<NewBeginning> {
    this.#back.checkMayBeginAnew(isSure);
    const { store, clock } = this.#settings;
    this.#round = undefined;
    return store.transaction(async tx => {
      const begun = await beginEventsAnew(tx, this.#key, { fromId, now: clock.now() });
      await refreshDelivered(tx, this.#key);
      return begun;
    });
  }

  /** A round from the cursors on; a deep one reads far below them where ids are missing. */
  #newRound(epoch: number, signal?: AbortSignal): Round {
    const { store, feeds, clock, toId = noEnd } = this.#settings;
    const deep = this.#looksDeep(clock.now());
    const from = { store, usage: this.#usage, key: this.#key, feeds, toId, clock, options: this.#options };
    return new Round({ ...from, epoch, emptied: this.#emptied, deep, ...(signal ? { signal } : {}) });
  }

  /** A part of the round; it is over when there is no other part. */
  async #readOn(round: Round): Promise<PollResult> {
    this.#round = undefined; // also when it fails
    const result = await round.read();
    if (result.stopped === 'pages') this.#round = round;
    return result;
  }

  /** Parents that did not come, decisions that WAP has not made, and ids that are missing. */
  async #lookAfter(result: PollResult, signal?: AbortSignal): Promise<void> {
    const { store, feeds, clock, fetchParent } = this.#settings;
    const { parentLimitMs: limitMs, pendingLimitMs } = this.#options;
    const key = this.#key;
    const given = signal ? { signal } : {};
    await releaseFound(store, key, clock.now());
    const looked = await lookUpParents(store, key, fetchParent, { feeds, now: clock.now(), limitMs, ...given });
    await releaseFound(store, key, clock.now());
    result.alarms.push(...looked.alarms, ...(await pendingTooLong(store, key, pendingLimitMs, clock.now())));
    result.failures.push(...looked.failures.map(error => ({ feed: null, error })));
    if (this.#givesUp && result.failures.length === 0) result.alarms.push(...(await this.#giveUp(store, given)));
  }

  /** Only after a round without failures: what could not be read is not missing. */
  async #giveUp(store: Store, given: { signal?: AbortSignal }): Promise<PollResult['alarms']> {
    this.#givesUp = false;
    const { pageSize: batchSize, missingMs } = this.#options;
    const now = this.#settings.clock.now();
    const at = { feeds: this.#settings.feeds, now, missingMs, batchSize, ...given };
    const alarms = await giveUpMissing(store, this.#key, this.#usage, at);
    if (alarms.length > 0) this.#gaveUpAt = now;
    return alarms;
  }

  /** Now and then, and after a start, all is read again where ids are missing, and what was missing for too long is given
   *  up. */
  #looksDeep(now: number): boolean {
    const { overlapMs, missingMs } = this.#options;
    const { toId = noEnd } = this.#settings;
    const since = now - this.#lookedAt;
    if (toId !== noEnd || missingMs === 0 || (since >= 0 && since < Math.max(overlapMs, leastApartMs))) return false;
    this.#lookedAt = now;
    this.#givesUp = now - this.#gaveUpAt >= missingMs;
    return true;
  }
}
