import { nextTurn } from '../../async/event-loop';
import { longestSleepMs } from '../../async/set-back';
import { Wake } from '../../async/wake';
import { isRefused } from '../refusals';
import type {
  LoopCommand,
  LoopHealth,
  LoopPoll,
  LoopStatus,
  PollLoopSettings,
  PollReason,
  RunSummary,
} from './contract';
import { LoopReport } from './report';
import { PollTimes } from './schedule';

/** Who waits for a poll. */
interface Asker {
  resolve(): void;
  reject(error: unknown): void;
}

/** What follows a failure is tried again after this at the latest, and what is due but held back is looked at again. */
const againMs = 5_000;

/** Polls, sends out what is due while the bound on unacknowledged batches allows it, and sleeps until the next turn, the
 *  next due time, an acknowledgement or a command. Polls never overlap; sending goes on while WAP is waited for. */
export class PollLoop<B extends { token: string }, S extends LoopStatus> {
  readonly #settings: PollLoopSettings<B, S>;
  readonly #times: PollTimes;
  readonly #report: LoopReport;
  readonly #wake: Wake;
  #askers: Asker[] = [];
  /** The poll under way. */
  #reading: Promise<void> | null = null;
  /** When WAP was last asked, ms UTC. */
  #polledAt: number | null = null;
  #isPaused = false;
  /** Something is there to be read before the next turn. */
  #isSoon = false;
  /** Why the last poll stopped: whether there is more to read, or reading waits. */
  #stopped: LoopPoll['stopped'] = null;
  /** What this run has brought so far; null between two runs. */
  #run: { fetched: number; sent: number } | null = null;

  constructor(settings: PollLoopSettings<B, S>) {
    this.#settings = settings;
    this.#times = new PollTimes(settings.clock, settings.everyMs);
    this.#report = new LoopReport(settings, this.#times);
    this.#wake = new Wake(settings.clock);
    settings.signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  /** Goes on until the signal aborts; never rejects. */
  async run(): Promise<void> {
    const { signal, settled } = this.#settings;
    const wake = () => this.#wake.wake();
    settled.addEventListener('settled', wake);
    while (!signal.aborted) await this.#round();
    await this.#reading;
    settled.removeEventListener('settled', wake);
  }

  /** Whoever waits for a poll hears why there will be none. */
  #stop(): void {
    for (const asker of this.#askers.splice(0)) asker.reject(this.#settings.signal.reason);
    this.#wake.wake();
  }

  /** Carries a command out. Answers a summary for `status`; `poll` resolves when WAP was read.
   *  @throws for `poll`, what made it fail; it is then not reported another time. */
  async obey(command: LoopCommand): Promise<RunSummary<S> | null> {
    if (command === 'status') return this.status();
    this.#settings.signal.throwIfAborted();
    if (command === 'poll') {
      await new Promise<void>((resolve, reject) => {
        this.#askers.push({ resolve, reject });
        this.#wake.wake();
      });
      return null;
    }
    this.#isPaused = command === 'pause';
    this.#wake.wake();
    return null;
  }

  /** How the feed stands, and what this run has brought so far. */
  async status(): Promise<RunSummary<S>> {
    return this.#summary(await this.#settings.feed.status());
  }

  /** What can be told without the store, so that it answers even when the store does not. */
  health(): LoopHealth {
    const now = this.#settings.clock.now();
    const untilPoll = this.#times.until(now);
    return {
      isPaused: this.#isPaused,
      polledAt: this.#polledAt,
      nextPollAt: this.#isPaused || !Number.isFinite(untilPoll) ? null : now + untilPoll,
      ...this.#report.health,
    };
  }

  /** Polls at once; nobody waits for it, so a failure of it is reported like that of a turn. */
  pollSoon(): void {
    this.#isSoon = true;
    this.#wake.wake();
  }

  /** One round: starts a poll that is wanted, sends one batch, reads on, or rests. */
  async #round(): Promise<void> {
    const { signal } = this.#settings;
    try {
      if (this.#reading === null && this.#isPollWanted()) this.#read('turn');
      if (!this.#isPaused && (await this.#sendNext())) return;
      if (signal.aborted) return;
      // Until the page is there, something is acknowledged or a command comes; what is due meanwhile goes out a little late.
      if (this.#reading !== null) return await this.#wake.sleep(againMs);
      if (await this.#readOn()) return;
      await this.#rest();
    } catch (error) {
      if (signal.aborted) return;
      this.#report.failed('store', error);
      await this.#wake.sleep(againMs);
    }
  }

  /** Only when nothing can be sent is more read: what was read last is still at hand then. False when WAP has no more. */
  async #readOn(): Promise<boolean> {
    if (this.#isPaused) return false;
    if (this.#stopped === 'pages') {
      this.#read('more');
      return true;
    }
    if (this.#stopped !== 'open') return false;
    this.#read('more');
    await this.#reading;
    return this.#hasMore;
  }

  /** Nothing can be sent or read: tells how things stand, and sleeps. */
  async #rest(): Promise<void> {
    const status = await this.#settings.feed.status();
    await this.#report.atRest(status);
    if (this.#run && this.#isOver(status)) {
      // What was acknowledged since has made room for more.
      if (await this.#sendNext()) return;
      this.#settings.caughtUp(this.#summary(status));
      this.#run = null;
    }
    this.#report.show(status, { isPaused: this.#isPaused, isHeldBack: this.#stopped === 'open' });
    await this.#wake.sleep(this.#untilNext(status));
  }

  /** Takes the turn even while paused, so that a resumed poll does not make up for all that passed. */
  #isPollWanted(): boolean {
    const isTurn = this.#times.isDue();
    const isSoon = this.#isSoon;
    this.#isSoon = false;
    return this.#askers.length > 0 || isSoon || (!this.#isPaused && isTurn);
  }

  /** Starts a poll and does not wait for it. */
  #read(why: PollReason): void {
    this.#reading = this.#poll(why).finally(() => {
      this.#reading = null;
      this.#wake.wake();
    });
  }

  /** One poll; never rejects. Whoever asked for it hears of its failure, everybody else from the report. */
  async #poll(why: PollReason): Promise<void> {
    const { feed, signal, clock } = this.#settings;
    const askers = this.#askers.splice(0);
    this.#polledAt = clock.now();
    try {
      if (why === 'turn' && !this.#hasMore) this.#report.working();
      else await this.#report.progress(() => feed.status());
      const result = await feed.poll(signal, why);
      this.#note(result);
      const failure = result.failures.find(({ error }) => isRefused(error)) ?? result.failures[0];
      if (failure) return this.#pollFailed(failure.error, askers);
      this.#times.accepted();
      this.#report.recovered('poll');
      for (const asker of askers) asker.resolve();
    } catch (error) {
      if (this.#hasMore) this.#stopped = null;
      this.#pollFailed(error, askers);
    }
  }

  /** What else could be read is read on, but not with credentials that were refused. */
  #pollFailed(error: unknown, askers: Asker[]): void {
    if (this.#stopped === 'open') this.#stopped = null;
    if (isRefused(error)) {
      if (this.#hasMore) this.#stopped = null;
      this.#times.refused();
    }
    this.#run = null;
    for (const asker of askers) asker.reject(error);
    if (!this.#settings.signal.aborted) this.#report.failed('poll', error, askers.length > 0);
  }

  /** Takes in what a poll brought, before its failures are looked at: what was stored is stored. */
  #note(result: LoopPoll): void {
    this.#stopped = result.stopped;
    this.#report.polled(result);
    this.#run = { fetched: (this.#run?.fetched ?? 0) + result.fetched, sent: this.#run?.sent ?? 0 };
  }

  /** False when nothing may go out now. */
  async #sendNext(): Promise<boolean> {
    const { feed, alarm, signal } = this.#settings;
    const batch = await feed.next();
    for (const each of feed.alarms?.() ?? []) alarm(each);
    if (batch && !signal.aborted) await this.#send(batch);
    return batch !== null;
  }

  /** Sends one batch. One that cannot be sent is given back at once, and comes again after a minute. */
  async #send(batch: B): Promise<void> {
    const { emit, feed, signal } = this.#settings;
    try {
      await emit(batch);
      if (this.#run) this.#run.sent += 1;
      this.#report.recovered('send');
      // The nodes behind get their turn between two messages.
      await nextTurn();
    } catch (error) {
      if (signal.aborted) return; // it comes again at the next start
      this.#report.failed('send', error);
      await feed.settle(batch.token, { result: 'retry', afterMs: 12 * againMs });
    }
  }

  /** WAP has more pages than one poll takes. */
  get #hasMore(): boolean {
    return this.#stopped === 'pages';
  }

  /** A run is over when nothing is left to read and nothing is open. */
  #isOver({ batches }: S): boolean {
    return !this.#isPaused && this.#stopped === null && batches === 0;
  }

  /** Zeros between two runs. */
  #summary(status: S): RunSummary<S> {
    return { ...status, fetched: this.#run?.fetched ?? 0, sent: this.#run?.sent ?? 0, paused: this.#isPaused };
  }

  /** How long to sleep, ms: until something is due, the next turn, or the next word about what needs a person. */
  #untilNext({ nextDueAt }: S): number {
    if (this.#isPaused) return longestSleepMs;
    const now = this.#settings.clock.now();
    // What is due already is held back by the bound or by an earlier event; an acknowledgement wakes us sooner.
    const due = nextDueAt === null ? longestSleepMs : nextDueAt > now ? nextDueAt - now : againMs;
    const tell = this.#settings.attention?.nextAt ?? null;
    return Math.min(due, this.#times.until(now), tell === null ? longestSleepMs : tell - now, longestSleepMs);
  }
}
