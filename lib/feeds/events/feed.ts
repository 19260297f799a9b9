import { OneAtATime } from '../../async/one-at-a-time';
import { SetBack } from '../../async/set-back';
import { AdapterError } from '../../errors';
import type { Tx } from '../../state/port';
import { type ConsumerKey, nextEpoch, selectCursors } from '../../state/tables/cursor';
import type { DeliveryRow } from '../../state/tables/delivery';
import {
  deadDeliveries,
  discardDelivery,
  giveUpDelivery,
  openCounts,
  parkedDeliveries,
  reopenDelivery,
} from '../../state/tables/delivery-status';
import { type QuarantinedBody, selectQuarantine } from '../../state/tables/quarantine';
import type { EventFeed as FeedName } from '../../wap/types';
import type { Alarm } from '../alarms';
import type { NewBeginning } from '../begin-anew';
import type { Outcomes, Settled } from '../outcome';
import { settleWith } from '../settling';
import { Unanswered } from '../unanswered';
import { horizonOf, refreshDelivered } from './cursors';
import { type Batch, bringForward, releaseAll, takeBatch } from './delivery';
import { noEnd } from './feed-pages';
import { checkSettings, type EventFeedSettings, type FeedOptions } from './options';
import { EventReading } from './reading';
import type { PollResult } from './round';
import { eventSettling } from './settle';
import { type FeedStatus, statusOf } from './status';

/** Events of WAP for one reader: stored when fetched, emitted in id order over all feeds until each is settled.
 *  One instance a poll node; a new one takes over from the last, whose open batches come again at once. */
export class EventFeed {
  readonly #settings: EventFeedSettings;
  readonly #key: ConsumerKey;
  readonly #options: FeedOptions;
  readonly #reading: EventReading;
  readonly #setBack = new SetBack();
  /** One poll, or new beginning, at a time. */
  readonly #polls = new OneAtATime();
  readonly #unanswered = new Unanswered();
  /** The epoch, once this instance has taken over. */
  #started: Promise<number> | undefined;
  #polling: Promise<PollResult> | undefined;

  /** @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
  constructor(settings: EventFeedSettings) {
    this.#settings = settings;
    this.#options = checkSettings(settings);
    this.#key = { installation: settings.installation, consumer: settings.reader };
    this.#reading = new EventReading(settings, this.#options, this.#key);
  }

  /** Reads what is new in the feeds and looks after what waits. A poll asked for during a poll is the same poll.
   *  @throws STATE_…, and the signal's reason when it is aborted; failures of WAP are in the result. */
  poll(signal?: AbortSignal): Promise<PollResult> {
    this.#polling ??= this.#polls
      .run('', undefined, async () => this.#reading.poll(await this.#start(), signal))
      .finally(() => {
        this.#polling = undefined;
      });
    return this.#polling;
  }

  /** Reads anew from an id of WAP on, because its database was restored; not while a page is read.
   *  @throws INPUT_INVALID for an id that is too high; WAP_REFUSED when WAP was not restored, unless `isSure` */
  beginAnew(fromId: number, isSure = false): Promise<NewBeginning> {
    return this.#polls.run('', undefined, async () => {
      await this.#start();
      return this.#reading.beginAnew(fromId, isSure);
    });
  }

  /** The next batch to emit; null when nothing is due or `maxOpenBatches` wait for their acknowledgement. */
  async next(): Promise<Batch | null> {
    await this.#start();
    const { store, feeds, clock, replay } = this.#settings;
    const { batchSize: size, maxOpenBatches, redeliveryMs } = this.#options;
    const options = { feeds, size, maxOpenBatches, redeliveryMs, highest: this.#reading.highest };
    const now = clock.now();
    const { taken, overdue } = await this.#setBack.during(now, wentBack =>
      store.transaction(async tx => {
        if (wentBack) await bringForward(tx, this.#key, now, redeliveryMs);
        return takeBatch(tx, this.#key, { ...options, now });
      }),
    );
    this.#unanswered.note(overdue);
    return taken && replay !== undefined ? { ...taken, replay } : taken;
  }

  /** Batches that nobody acknowledged in time, since the last time. */
  alarms(): Alarm[] {
    return this.#unanswered.take();
  }

  /** See `settle`, which needs only the store. */
  settle(token: string, outcomes: Outcomes, tx?: Tx): Promise<Settled> {
    return settleWith(eventSettling, this.#settings, token, outcomes, tx);
  }

  /** How the reader stands, as the store has it now. */
  status(): Promise<FeedStatus> {
    const { store, clock } = this.#settings;
    return store.transaction(tx => statusOf(tx, this.#key, clock.now()));
  }

  /** Whether all feeds are read to the last id wanted, and everything is settled. */
  async isOver(): Promise<boolean> {
    const { store, feeds, toId = noEnd } = this.#settings;
    return store.transaction(async tx => {
      if ((await openCounts(tx, this.#key)).size > 0) return false;
      return horizonOf(await selectCursors(tx, this.#key), feeds) >= toId;
    });
  }

  /** Events that billing refused for good, in id order. */
  deadLetters(limit = 100): Promise<DeliveryRow[]> {
    return this.#settings.store.transaction(tx => deadDeliveries(tx, this.#key, limit));
  }

  /** Events whose parent WAP does not know. */
  parked(limit = 100): Promise<DeliveryRow[]> {
    return this.#settings.store.transaction(tx => parkedDeliveries(tx, this.#key, limit));
  }

  /** Bodies that came under an id that had another one. */
  quarantined(limit = 100): Promise<QuarantinedBody[]> {
    return this.#settings.store.transaction(tx => selectQuarantine(tx, this.#key.installation, limit));
  }

  /** Emits a dead letter or a parked event again.
   *  @throws STATE_NOT_FOUND when the event is neither. */
  async sendAgain(eventId: number, feed: FeedName): Promise<void> {
    await this.#byHand(feed, eventId, 'neither a dead letter nor parked', (tx, at) =>
      reopenDelivery(tx, at, this.#settings.clock.now()),
    );
  }

  /** Makes a waiting, pending or parked event a dead letter.
   *  @throws STATE_NOT_FOUND when the event does not wait. */
  async giveUp(eventId: number, reason: string, feed: FeedName): Promise<void> {
    await this.#byHand(feed, eventId, 'not waiting', (tx, at) =>
      giveUpDelivery(tx, at, reason, this.#settings.clock.now()),
    );
  }

  /** Gives a dead letter, or an event that waits or is parked, up for good: it is no dead letter any more.
   *  @throws STATE_NOT_FOUND when the event is neither. */
  async discard(eventId: number, reason: string, feed: FeedName): Promise<void> {
    await this.#byHand(feed, eventId, 'neither a dead letter nor waiting', (tx, at) =>
      discardDelivery(tx, at, reason, this.#settings.clock.now()),
    );
  }

  /** What a person does to one event, and how far the feed is delivered after that, in one transaction. */
  async #byHand(
    feed: FeedName,
    eventId: number,
    otherwise: string,
    act: (tx: Tx, at: ConsumerKey & { feed: string; eventId: number }) => Promise<boolean>,
  ): Promise<void> {
    await this.#settings.store.transaction(async tx => {
      if (!(await act(tx, { ...this.#key, feed, eventId }))) {
        throw new AdapterError('STATE_NOT_FOUND', `Event ${eventId} of ${feed} is ${otherwise}.`, { subject: feed });
      }
      await refreshDelivered(tx, this.#key, new Set([feed]));
    });
  }

  /** Once an instance: takes over from an earlier one. A failed start is tried again. */
  #start(): Promise<number> {
    const { store, clock } = this.#settings;
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
