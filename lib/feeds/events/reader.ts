import { AdapterError } from '../../errors';
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
import type { Alarm } from '../alarms';
import type { NewBeginning } from '../begin-anew';
import { countedEvents, idMapOf } from '../counted-usage';
import type { Place } from '../loop/commands';
import type { LoopPoll } from '../loop/contract';
import {
  addPoll,
  earliest,
  firstThatHas,
  type IdRange,
  newReplayName,
  type Replay,
  type ReplayRange,
} from '../loop/replays';
import { wasRefused } from '../refusals';
import type { Batch, Outcome } from './delivery';
import { EventFeed, type FeedStatus } from './feed';
import { idBefore } from './find-event';
import { forgetReplays, replayKey } from './forget-replays';
import { type EventFeedSettings, feedDefaults } from './options';

/** How a replay stands. */
export type EventReplayStatus = Pick<FeedStatus, 'waiting' | 'unacknowledged' | 'pending' | 'parked' | 'dead'> & {
  replay: string;
};

export interface EventReaderStatus extends FeedStatus {
  replays: EventReplayStatus[];
}

interface Run {
  name: string;
  feed: EventFeed;
  /** WAP has more pages than one poll takes. */
  more: boolean;
}

/** The events that come for ever, and beside them replays: each reads WAP again as a consumer of its own, so that what
 *  is open or settled elsewhere stays as it is. */
export class EventReader {
  readonly main: EventFeed;
  readonly #key: ConsumerKey;
  /** What was opened of the replays. Which there are, and which of them go on, only the store knows: commands change it
   *  while a poll waits for something. */
  readonly #opened = new Map<string, Run>();
  #more = false;
  /** Of this turn. */
  #failures: LoopPoll['failures'] = [];

  /** @throws INPUT_MISSING, INPUT_INVALID naming the setting. */
  constructor(
    private readonly settings: EventFeedSettings,
    private readonly ended: (replay: EventReplayStatus) => void,
  ) {
    this.main = new EventFeed(settings);
    this.#key = { installation: settings.installation, consumer: settings.consumer };
  }

  /** Reads everything that is due. */
  async poll(signal?: AbortSignal, why: 'turn' | 'more' = 'turn'): Promise<LoopPoll> {
    const failures = why === 'turn' ? [] : this.#failures;
    const result: LoopPoll = { fetched: 0, alarms: [], failures, stopped: null };
    if (why === 'turn' || this.#more) {
      addPoll(result, await this.main.poll(signal));
      this.#more = result.stopped === 'pages';
    }
    for (const run of await this.#replays()) {
      if (wasRefused(result)) break;
      if (why !== 'turn' && !run.more) continue;
      const read = await run.feed.poll(signal);
      addPoll(result, read);
      run.more = read.stopped === 'pages';
    }
    if (why === 'turn') await this.#forget();
    this.#failures = result.failures.slice(0, 100);
    return result;
  }

  async next(): Promise<Batch | null> {
    const batch = await this.main.next();
    if (batch) return batch;
    for (const { name, feed } of await this.#replays()) {
      const replayed = await feed.next();
      if (replayed) return { ...replayed, replay: name };
    }
    return null;
  }

  /** See `PolledFeed`. */
  alarms(): Alarm[] {
    return [this.main, ...[...this.#opened.values()].map(run => run.feed)].flatMap(feed => feed.alarms());
  }

  settle(token: string, outcome: Outcome): Promise<unknown> {
    return this.main.settle(token, outcome);
  }

  /** A replay that is over ends here. */
  async status(): Promise<EventReaderStatus> {
    const main = await this.main.status();
    const replays: EventReplayStatus[] = [];
    const due = [main.nextDueAt];
    const sums = { unacknowledged: main.unacknowledged, batches: main.batches };
    for (const run of await this.#replays()) {
      const { waiting, unacknowledged, batches, pending, parked, dead, nextDueAt } = await run.feed.status();
      const status = { replay: run.name, waiting, unacknowledged, pending, parked, dead };
      if ((await run.feed.isOver()) && (await this.#end(run))) {
        this.ended(status);
        continue;
      }
      replays.push(status);
      due.push(nextDueAt);
      sums.unacknowledged += unacknowledged;
      sums.batches += batches;
    }
    return { ...main, ...sums, nextDueAt: earliest(due), replays };
  }

  /** Begins a replay of what WAP still has between two places, both included; a time as end is not. The batches of it
   *  carry its name.
   *  @throws as `range`; INPUT_INVALID when it is to rebuild totals */
  async replay({ rebuilds, ...places }: ReplayRange): Promise<Replay> {
    if (rebuilds) {
      throw new AdapterError('INPUT_INVALID', 'totals: events are not added up, only usage is. Leave it out.', {
        subject: 'totals',
      });
    }
    const { store, clock } = this.settings;
    const { fromId, toId } = await this.range(places);
    return store.transaction(async tx => {
      const replay = newReplayName(clock.now(), await eventReplays(tx, this.#key));
      await addEventReplay(tx, this.#key, { run: replay, fromId, toId }, clock.now());
      return { replay, fromId, toId };
    });
  }

  /** The ids between two places, both included; a time as end is not. Where no end is given it is what WAP has now.
   *  @throws WAP_… when a place has to be looked up and WAP does not answer. */
  async range({ from, to }: { from: Place; to: Place | null }): Promise<IdRange & { toId: number }> {
    const { feeds, store } = this.settings;
    const usage = countedEvents(this.settings.usage, store, this.#key);
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
    const { usage, feeds } = this.settings;
    return this.main.beginAnew('id' in from ? from.id : (await idBefore(usage, feeds, from.time)) + 1, isSure);
  }

  /** Dead letters, those of replays too. */
  async deadLetters(limit: number): Promise<Array<DeliveryRow & { replay?: string }>> {
    const found: Array<DeliveryRow & { replay?: string }> = await this.main.deadLetters(limit);
    for (const { name, feed } of await this.#kept()) {
      const rows = await feed.deadLetters(limit - found.length);
      found.push(...rows.map(row => ({ ...row, replay: name })));
    }
    return found;
  }

  /** See `EventFeed`; of an event that is not set aside there, in the first replay where it is. */
  async sendAgain(feed: FeedName, eventId: number): Promise<void> {
    const runs = [null, ...(await this.#kept())];
    const run = await firstThatHas(runs, each => (each?.feed ?? this.main).sendAgain(feed, eventId));
    if (run) await this.settings.store.transaction(tx => reopenEventReplay(tx, this.#key, run.name));
  }

  /** See `sendAgain`. */
  async discard(feed: FeedName, eventId: number, reason: string): Promise<void> {
    const runs = [null, ...(await this.#kept())];
    await firstThatHas(runs, each => (each?.feed ?? this.main).discard(feed, eventId, reason));
  }

  /** False when something of it is open again. */
  async #end(run: Run): Promise<boolean> {
    const { store, clock } = this.settings;
    return store.transaction(async tx => {
      if ((await openCounts(tx, replayKey(this.#key, run.name))).size > 0) return false;
      await endEventReplay(tx, this.#key, run.name, clock.now());
      return true;
    });
  }

  async #forget(): Promise<void> {
    const { store, clock, options } = this.settings;
    const gone = await forgetReplays(store, this.#key, { ...feedDefaults, ...options }, clock.now());
    for (const name of gone) this.#opened.delete(name);
  }

  /** Those that have not come to their end. */
  async #replays(): Promise<Run[]> {
    return (await this.#listed()).filter(({ isEnded }) => !isEnded).map(({ run }) => run);
  }

  /** Those too of which only dead letters are of interest. */
  async #kept(): Promise<Run[]> {
    return (await this.#listed()).map(({ run }) => run);
  }

  /** Of an earlier start too. */
  async #listed(): Promise<Array<{ run: Run; isEnded: boolean }>> {
    const replays = await this.settings.store.transaction(async tx => {
      const found: Array<{ replay: EventReplay; isEnded: boolean }> = [];
      for (const replay of await eventReplays(tx, this.#key)) {
        // One that had ended goes on when a dead letter of it was sent again.
        const isOpen = replay.isEnded && (await openCounts(tx, replayKey(this.#key, replay.run))).size > 0;
        found.push({ replay, isEnded: replay.isEnded && !isOpen });
      }
      return found;
    });
    return replays.map(({ replay, isEnded }) => ({ run: this.#runOf(replay), isEnded }));
  }

  #runOf({ run: name, fromId, toId }: EventReplay): Run {
    const known = this.#opened.get(name);
    if (known) return known;
    const options = { ...this.settings.options, start: fromId };
    const { consumer } = replayKey(this.#key, name);
    const { consumer: reader } = this.#key;
    const run = { name, feed: new EventFeed({ ...this.settings, consumer, reader, options, toId }), more: false };
    this.#opened.set(name, run);
    return run;
  }
}
