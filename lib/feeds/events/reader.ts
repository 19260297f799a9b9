import { invalidField } from '../../errors';
import type { Tx } from '../../state/port';
import type { ConsumerKey } from '../../state/tables/cursor';
import type { DeliveryRow } from '../../state/tables/delivery';
import { openCounts } from '../../state/tables/delivery-status';
import {
  addEventReplay,
  type EventReplay,
  endEventReplay,
  eventReplays,
  reopenEventReplay,
} from '../../state/tables/event-replay';
import type { EventFeed as FeedName } from '../../wap/types';
import type { NewBeginning } from '../begin-anew';
import { countedEvents, idMapOf } from '../counted-usage';
import type { Place } from '../loop/commands';
import type { PollReason } from '../loop/contract';
import { FeedReader, type ReaderTypes, type Run, type StoredReplay } from '../loop/reader';
import { newReplayName, type Replay, type ReplayIds, type ReplayRange } from '../loop/replays';
import type { Batch } from './delivery';
import { EventFeed } from './feed';
import { idBefore } from './find-event';
import { forgetReplays, replayKey } from './forget-replays';
import { type EventFeedSettings, feedDefaults } from './options';
import type { FeedStatus } from './status';

/** How a replay stands. */
export type EventReplayStatus = Pick<FeedStatus, 'waiting' | 'unacknowledged' | 'pending' | 'parked' | 'dead'> & {
  replay: string;
};

/** The permanent reader with the replays beside it. */
export type EventReaderStatus = FeedStatus & { replays: EventReplayStatus[] };

/** What events have as a kind of feed. */
export interface EventTypes extends ReaderTypes {
  batch: Batch;
  status: FeedStatus;
  letter: DeliveryRow;
  replay: EventReplayStatus;
}

/** Events that are read for ever, and beside them replays: each reads WAP again under a name of its own, so that what is open
 *  or settled elsewhere stays as it is. */
export class EventReader extends FeedReader<EventTypes, EventFeed> {
  readonly #settings: EventFeedSettings;
  readonly #key: ConsumerKey;

  /** @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
  constructor(settings: EventFeedSettings, ended: (replay: EventReplayStatus) => void) {
    super(new EventFeed(settings), settings.store, ended);
    this.#settings = settings;
    this.#key = { installation: settings.installation, consumer: settings.reader };
  }

  /** Begins a replay of what WAP still has between two places, both included; a time as end is not. The batches of it
   *  carry its name.
   *  @throws as `range`; INPUT_INVALID when it is to rebuild totals */
  async replay({ rebuilds, ...places }: ReplayRange): Promise<Replay> {
    if (rebuilds) {
      throw invalidField('totals', 'events are not added up, only usage is. Leave it out.');
    }
    const { store, clock } = this.#settings;
    const { fromId, toId } = await this.range(places);
    return store.transaction(async tx => {
      const replay = newReplayName(clock.now(), await eventReplays(tx, this.#key));
      await addEventReplay(tx, this.#key, { run: replay, fromId, toId }, clock.now());
      return { replay, fromId, toId };
    });
  }

  /** The ids between two places, both included; a time as end is not. Where no end is given it is what WAP has now.
   *  @throws WAP_… when a place has to be looked up and WAP does not answer. */
  async range({ from, to }: { from: Place; to: Place | null }): Promise<ReplayIds & { toId: number }> {
    const { feeds, store } = this.#settings;
    const usage = countedEvents(this.#settings.usage, store, this.#key);
    const map = await idMapOf(store, this.#key, 'events');
    const fromId = 'id' in from ? map.given(from.id) : (await idBefore(usage, feeds, from.time)) + 1;
    const last = to && 'time' in to ? to.time : Number.POSITIVE_INFINITY;
    const toId = to && 'id' in to ? map.given(to.id) : await idBefore(usage, feeds, last);
    return { fromId, toId };
  }

  /** Reads all feeds anew from a place in WAP on, because WAP's database was restored.
   *  @throws WAP_… when a time has to be looked up and WAP does not answer; INPUT_INVALID; WAP_REFUSED
   *  when it was not, unless `isSure` */
  async beginAnew(from: Place, isSure: boolean): Promise<NewBeginning> {
    const { usage, feeds } = this.#settings;
    return this.main.beginAnew('id' in from ? from.id : (await idBefore(usage, feeds, from.time)) + 1, isSure);
  }

  /** See `EventFeed`; of an event that is not set aside there, in the first replay where it is. */
  async sendAgain(eventId: number, feed?: FeedName): Promise<void> {
    const of = feedNeeded(feed);
    const replay = await this.inFirstThatHas(each => each.sendAgain(eventId, of));
    if (replay !== null) await this.#settings.store.transaction(tx => reopenEventReplay(tx, this.#key, replay));
  }

  /** See `sendAgain`. */
  async discard(eventId: number, reason: string, feed?: FeedName): Promise<void> {
    const of = feedNeeded(feed);
    await this.inFirstThatHas(each => each.discard(eventId, reason, of));
  }

  /** Replays that go on, and those that ended and are kept for their dead letters. */
  protected override async storedReplays(tx: Tx): Promise<Array<StoredReplay<EventFeed>>> {
    const stored: Array<StoredReplay<EventFeed>> = [];
    for (const replay of await eventReplays(tx, this.#key)) {
      // One that had ended goes on when a dead letter of it was sent again.
      const isOpen = replay.isEnded && (await openCounts(tx, replayKey(this.#key, replay.run))).size > 0;
      stored.push({ name: replay.run, isEnded: replay.isEnded && !isOpen, open: () => this.#open(replay) });
    }
    return stored;
  }

  /** What is pending, or waits for its parent, is looked after at every turn. */
  protected override isDue({ last }: Run<EventFeed>, why: PollReason): boolean {
    return why === 'turn' || last?.stopped === 'pages';
  }

  /** What of a replay is worth telling: it has an end, so how far it is matters less than what is left. */
  protected override statusOf({ name }: Run<EventFeed>, status: FeedStatus): EventReplayStatus {
    const { waiting, unacknowledged, pending, parked, dead } = status;
    return { replay: name, waiting, unacknowledged, pending, parked, dead };
  }

  /** Ends it in the transaction that looks once more: a dead letter may be sent again at this moment. */
  protected override async endIfOver({ name, feed }: Run<EventFeed>): Promise<boolean> {
    if (!(await feed.isOver())) return false;
    const { store, clock } = this.#settings;
    return store.transaction(async tx => {
      if ((await openCounts(tx, replayKey(this.#key, name))).size > 0) return false; // something is open again
      await endEventReplay(tx, this.#key, name, clock.now());
      return true;
    });
  }

  protected override forgetReplays(): Promise<string[]> {
    const { store, clock, options } = this.#settings;
    return forgetReplays(store, this.#key, { ...feedDefaults, ...options }, clock.now());
  }

  /** A feed with cursors of its own, which counts ids as the reader does. */
  #open({ run: replay, fromId, toId }: EventReplay): EventFeed {
    const options = { ...this.#settings.options, start: fromId };
    const { consumer: reader } = replayKey(this.#key, replay);
    const { reader: beginningsOf } = this.#settings;
    return new EventFeed({ ...this.#settings, reader, beginningsOf, options, toId, replay });
  }
}

/** @throws INPUT_INVALID without a feed: an id can be in several */
function feedNeeded(feed: FeedName | undefined): FeedName {
  if (feed) return feed;
  throw invalidField('feed', 'say of which feed the event is, e.g. plans.');
}
