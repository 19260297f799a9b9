import { OneAtATime } from '../../async/one-at-a-time';
import { SetBack } from '../../async/set-back';
import { AdapterError } from '../../errors';
import type { Tx } from '../../state/port';
import { openBatches } from '../../state/tables/batch';
import type { ConsumerKey } from '../../state/tables/cursor';
import { nextEpoch, selectCursors } from '../../state/tables/cursor';
import type { DeliveryRow } from '../../state/tables/delivery';
import {
  deadCount,
  deadDeliveries,
  discardDelivery,
  giveUpDelivery,
  nextDueAt,
  openCounts,
  parkedDeliveries,
  reopenDelivery,
} from '../../state/tables/delivery-status';
import { type QuarantinedBody, quarantineCount, selectQuarantine } from '../../state/tables/quarantine';
import type { WapUsage } from '../../wap/client/usage';
import type { EventFeed as FeedName } from '../../wap/types';
import type { Alarm } from '../alarms';
import { beginEventsAnew, type NewBeginning } from '../begin-anew';
import { countedEvents } from '../counted-usage';
import { Unanswered } from '../unanswered';
import { BackAlarm, Emptied } from '../went-back';
import { horizonOf, refreshDelivered } from './cursors';
import {
  type Batch,
  bringForward,
  type EventOutcome,
  type Outcome,
  releaseAll,
  type Settled,
  settle,
  takeBatch,
} from './delivery';
import { giveUpMissing } from './missing';
import { checkSettings, type EventFeedSettings, type FeedOptions } from './options';
import { lookUpParents, releaseFound } from './parents';
import { pendingTooLong } from './pending';
import { prune } from './prune';
import { noEnd, type PollResult, Round } from './round';

export type { Alarm } from '../alarms';
export type { StartPosition } from './cursors';
export type { Batch, DeliveredEvent, EventOutcome, Outcome, Settled } from './delivery';
export { settle } from './delivery';
export type { EntityRef } from './feed-table';
export { type EventFeedSettings, type FeedOptions, feedDefaults } from './options';
export { type FetchParent, parentsIn } from './parents';
export type { FeedFailure, PollResult } from './round';

/** Where the feeds stand; times in ms UTC, ids -1 for none. */
export interface FeedStatus {
  /** Events that can be emitted now or later: ready, and those that wait for their parent. */
  waiting: number;
  /** Events in batches that are out, and those batches. */
  unacknowledged: number;
  batches: number;
  /** Events that WAP has not decided on. */
  pending: number;
  parked: number;
  dead: number;
  quarantined: number;
  /** Age of the oldest event that is not settled, ms; null when all are. */
  oldestAgeMs: number | null;
  /** When something is due to be emitted again (a retry, an unacknowledged batch); null when nothing is. */
  nextDueAt: number | null;
  feeds: Array<{ feed: string; fetched: number; delivered: number }>;
}

const leastApartMs = 60_000;

/** Events of WAP for one consumer: stored when fetched, emitted in id order over all feeds until each is settled.
 *  One instance a poll node; a new one takes over from the last, whose open batches come again at once. */
export class EventFeed {
  readonly #key: ConsumerKey;
  readonly #options: FeedOptions;
  readonly #usage: Pick<WapUsage, 'events'>;
  readonly #setBack = new SetBack();
  /** One poll, or new beginning, at a time. */
  readonly #reading = new OneAtATime();
  readonly #unanswered = new Unanswered();
  #started: Promise<number> | undefined;
  #polling: Promise<PollResult> | undefined;
  /** The round that goes on with the next poll. */
  #round: Round | undefined;
  readonly #back = new BackAlarm();
  readonly #emptied = new Emptied();
  /** What a round reads at its beginning goes out when each feed was asked once, so that batches are not torn. */
  #highest = Number.POSITIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #givesUp = false;
  /** When ids were given up last: an alarm in so many hours is enough. */
  #gaveUpAt = Number.NEGATIVE_INFINITY;

  /** @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
  constructor(private readonly settings: EventFeedSettings) {
    this.#options = checkSettings(settings);
    const { installation, consumer, reader = consumer } = settings;
    this.#key = { installation, consumer };
    this.#usage = countedEvents(settings.usage, settings.store, { installation, consumer: reader });
  }

  /** Reads what is new in the feeds and looks after what waits. A poll asked for during a poll is the same poll.
   *  @throws STATE_…, and the signal's reason when it is aborted; failures of WAP are in the result. */
  poll(signal?: AbortSignal): Promise<PollResult> {
    this.#polling ??= this.#reading
      .run('', undefined, () => this.#poll(signal))
      .finally(() => {
        this.#polling = undefined;
      });
    return this.#polling;
  }

  /** Reads anew from an id of WAP on, because its database was restored; not while a page is read.
   *  @throws INPUT_INVALID for an id that is too high; WAP_REFUSED when WAP was not restored, unless `isSure` */
  beginAnew(fromId: number, isSure = false): Promise<NewBeginning> {
    return this.#reading.run('', undefined, async () => {
      this.#back.checkMayBeginAnew(isSure);
      const { store, clock } = this.settings;
      await this.#start();
      this.#round = undefined;
      return store.transaction(async tx => {
        const begun = await beginEventsAnew(tx, this.#key, { fromId, now: clock.now() });
        await refreshDelivered(tx, this.#key);
        return begun;
      });
    });
  }

  async #poll(signal?: AbortSignal): Promise<PollResult> {
    const epoch = await this.#start();
    const { store, feeds, clock, fetchParent, toId = noEnd } = this.settings;
    const usage = this.#usage;
    const [key, options] = [this.#key, this.#options];
    const given = signal ? { signal } : {};
    const emptied = this.#emptied;
    const context = { store, usage, key, feeds, toId, clock, options, epoch, emptied, ...given };
    if (!this.#round) {
      this.#highest = horizonOf(await store.transaction(tx => selectCursors(tx, key)), feeds);
      this.#round = new Round({ ...context, deep: this.#looksDeep(clock.now()) });
    }
    const result = await this.#readOn(this.#round).finally(() => {
      this.#highest = Number.POSITIVE_INFINITY;
    });
    if (this.#round) return result;
    result.alarms.push(...this.#back.of(result.failures, 'events'));
    await releaseFound(store, key, clock.now());
    const looked = await lookUpParents(store, key, fetchParent, {
      feeds,
      now: clock.now(),
      limitMs: options.parentLimitMs,
      ...given,
    });
    await releaseFound(store, key, clock.now());
    result.alarms.push(...looked.alarms, ...(await pendingTooLong(store, key, options.pendingLimitMs, clock.now())));
    result.failures.push(...looked.failures.map(error => ({ feed: null, error })));
    if (this.#givesUp && result.failures.length === 0) {
      this.#givesUp = false;
      const { pageSize: batchSize, missingMs } = options;
      const at = { feeds, now: clock.now(), missingMs, batchSize, ...given };
      const alarms = await giveUpMissing(store, key, usage, at);
      result.alarms.push(...alarms);
      if (alarms.length > 0) this.#gaveUpAt = at.now;
    }
    await store.transaction(tx => refreshDelivered(tx, key));
    await prune(store, key, options, clock.now());
    return result;
  }

  /** Now and then, and after a start, all is read again where ids are missing, and what was missing for too long is given
   *  up. */
  #looksDeep(now: number): boolean {
    const { overlapMs, missingMs } = this.#options;
    const { toId = noEnd } = this.settings;
    const since = now - this.#lookedAt;
    if (toId !== noEnd || missingMs === 0 || (since >= 0 && since < Math.max(overlapMs, leastApartMs))) return false;
    this.#lookedAt = now;
    this.#givesUp = now - this.#gaveUpAt >= missingMs;
    return true;
  }

  /** A part of the round; it is over when there is no other part. */
  async #readOn(round: Round): Promise<PollResult> {
    this.#round = undefined; // also when it fails
    const result = await round.read();
    if (result.stopped === 'pages') this.#round = round;
    return result;
  }

  /** The next batch to emit; null when nothing is due or `maxOpenBatches` wait for their acknowledgement. */
  async next(): Promise<Batch | null> {
    await this.#start();
    const { store, feeds, clock } = this.settings;
    const { batchSize: size, maxOpenBatches, redeliveryMs } = this.#options;
    const options = { feeds, size, maxOpenBatches, redeliveryMs, highest: this.#highest };
    const now = clock.now();
    const { taken, overdue } = await this.#setBack.during(now, wentBack =>
      store.transaction(async tx => {
        if (wentBack) await bringForward(tx, this.#key, now, redeliveryMs);
        return takeBatch(tx, this.#key, { ...options, now });
      }),
    );
    this.#unanswered.note(overdue);
    return taken;
  }

  /** Batches that nobody acknowledged in time, since the last time. */
  alarms(): Alarm[] {
    return this.#unanswered.take();
  }

  /** See `settle`, which needs only the store. */
  settle(token: string, outcomes: Outcome | readonly EventOutcome[], tx?: Tx): Promise<Settled> {
    return settle(this.settings.store, this.settings.clock, token, outcomes, tx);
  }

  async status(): Promise<FeedStatus> {
    const { store, clock } = this.settings;
    const key = this.#key;
    return store.transaction(async tx => {
      const open = await openCounts(tx, key);
      const count = (...statuses: Array<DeliveryRow['status']>) =>
        statuses.reduce((sum, status) => sum + (open.get(status)?.total ?? 0), 0);
      const oldest = Math.min(...[...open.values()].map(each => each.oldest));
      return {
        waiting: count('ready', 'parent'),
        unacknowledged: count('sent'),
        batches: await openBatches(tx, key),
        pending: count('pending'),
        parked: count('parked'),
        dead: await deadCount(tx, key),
        quarantined: await quarantineCount(tx, key.installation),
        oldestAgeMs: open.size === 0 ? null : clock.now() - oldest,
        nextDueAt: await nextDueAt(tx, key),
        feeds: (await selectCursors(tx, key)).map(({ feed, fetched, delivered }) => ({ feed, fetched, delivered })),
      };
    });
  }

  /** Whether all feeds are read to the last id wanted, and everything is settled. */
  async isOver(): Promise<boolean> {
    const { store, feeds, toId = noEnd } = this.settings;
    return store.transaction(async tx => {
      if ((await openCounts(tx, this.#key)).size > 0) return false;
      return horizonOf(await selectCursors(tx, this.#key), feeds) >= toId;
    });
  }

  /** Events that billing refused for good, in id order. */
  deadLetters(limit = 100): Promise<DeliveryRow[]> {
    return this.settings.store.transaction(tx => deadDeliveries(tx, this.#key, limit));
  }

  /** Events whose parent WAP does not know. */
  parked(limit = 100): Promise<DeliveryRow[]> {
    return this.settings.store.transaction(tx => parkedDeliveries(tx, this.#key, limit));
  }

  /** Bodies that came under an id that had another one. */
  quarantined(limit = 100): Promise<QuarantinedBody[]> {
    return this.settings.store.transaction(tx => selectQuarantine(tx, this.#key.installation, limit));
  }

  /** Emits a dead letter or a parked event again.
   *  @throws STATE_NOT_FOUND when the event is neither. */
  async sendAgain(feed: FeedName, eventId: number): Promise<void> {
    await this.#byHand(feed, eventId, 'neither a dead letter nor parked', (tx, at) =>
      reopenDelivery(tx, at, this.settings.clock.now()),
    );
  }

  /** Makes a waiting, pending or parked event a dead letter.
   *  @throws STATE_NOT_FOUND when the event does not wait. */
  async giveUp(feed: FeedName, eventId: number, reason: string): Promise<void> {
    await this.#byHand(feed, eventId, 'not waiting', (tx, at) =>
      giveUpDelivery(tx, at, reason, this.settings.clock.now()),
    );
  }

  /** Gives a dead letter, or an event that waits or is parked, up for good: it is no dead letter any more.
   *  @throws STATE_NOT_FOUND when the event is neither. */
  async discard(feed: FeedName, eventId: number, reason: string): Promise<void> {
    await this.#byHand(feed, eventId, 'neither a dead letter nor waiting', (tx, at) =>
      discardDelivery(tx, at, reason, this.settings.clock.now()),
    );
  }

  async #byHand(
    feed: FeedName,
    eventId: number,
    otherwise: string,
    act: (tx: Tx, at: ConsumerKey & { feed: string; eventId: number }) => Promise<boolean>,
  ): Promise<void> {
    await this.settings.store.transaction(async tx => {
      if (!(await act(tx, { ...this.#key, feed, eventId }))) {
        throw new AdapterError('STATE_NOT_FOUND', `Event ${eventId} of ${feed} is ${otherwise}.`, { subject: feed });
      }
      await refreshDelivered(tx, this.#key, new Set([feed]));
    });
  }

  /** Once an instance: takes over from an earlier one. A failed start is tried again. */
  #start(): Promise<number> {
    const { store, clock } = this.settings;
    this.#started ??= store
      .transaction(async tx => {
        await releaseAll(tx, this.#key, clock.now());
        return nextEpoch(tx, this.#key, clock.now());
      })
      .catch(error => {
        this.#started = undefined;
        throw error;
      });
    return this.#started;
  }
}
