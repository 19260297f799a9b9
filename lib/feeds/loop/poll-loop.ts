import { nextTurn } from '../../async/event-loop';
import { longestSleepMs } from '../../async/set-back';
import { Wake } from '../../async/wake';
import { isRefused, Refusals } from '../refusals';
import type { LoopCommand, LoopPoll, LoopStatus, PollLoopSettings, RunSummary } from './contract';
import type { LoopGlance } from './glance';
import { PerMinute } from './per-minute';
import { Turns } from './schedule';
import { type Place, Troubles } from './troubles';
import { Watch } from './watch';

interface Asker {
  resolve(): void;
  reject(error: unknown): void;
}

/** Who works again, by what had failed: what reads and sends meets the store too. */
function recovered(where: Place, code: string): string {
  return `${whoRecovered(where, code)} (it had failed with ${code}).`;
}

function whoRecovered(where: Place, code: string): string {
  if (code.startsWith('STATE_')) return 'The state store works again';
  if (code.startsWith('WAP_')) return 'WAP answers again; reading goes on';
  return where === 'send' ? 'What is due goes out again' : 'Reading goes on again';
}

/** What follows a failure is tried again after this at the latest, and what is due but held back is looked at again. */
const againMs = 5_000;

/** Polls, sends out what is due while the bound on unacknowledged batches allows it, and sleeps until the next turn, the
 *  next due time, an acknowledgement or a command. Polls never overlap; sending goes on while WAP is waited for. */
export class PollLoop<B extends { token: string }, S extends LoopStatus> {
  readonly #turns: Turns;
  readonly #wake: Wake;
  #askers: Asker[] = [];
  /** The poll under way. */
  #reading: Promise<void> | null = null;
  #paused = false;
  /** Something is there to be read before the next turn. */
  #soon = false;
  /** WAP has more pages than one poll takes. */
  #more = false;
  #full = false;
  /** So much is stored that reading waits for an acknowledgement. */
  #ahead = false;
  #shownAt = 0;
  #polledAt: number | null = null;
  readonly #perMinute: PerMinute;
  readonly #watch: Watch;
  #run: { fetched: number; sent: number } | null = null;
  readonly #troubles = new Troubles();
  readonly #refusals: Refusals;

  constructor(private readonly settings: PollLoopSettings<B, S>) {
    this.#turns = new Turns(settings.clock, settings.everyMs);
    this.#watch = new Watch(settings.watch ?? null, settings.clock.now());
    this.#wake = new Wake(settings.clock);
    this.#perMinute = new PerMinute(settings.clock);
    this.#refusals = new Refusals(settings.clock);
    settings.signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  /** Goes on until the signal aborts; never rejects. */
  async run(): Promise<void> {
    const { signal, settled } = this.settings;
    const wake = () => this.#wake.wake();
    settled.addEventListener('settled', wake);
    while (!signal.aborted) await this.#round();
    await this.#reading;
    settled.removeEventListener('settled', wake);
  }

  #stop(): void {
    for (const asker of this.#askers.splice(0)) asker.reject(this.settings.signal.reason);
    this.#wake.wake();
  }

  /** Carries a command out. Answers a summary for `status`; `poll` resolves when WAP was read.
   *  @throws for `poll`, what made it fail; it is then not reported another time. */
  async obey(command: LoopCommand): Promise<RunSummary<S> | null> {
    if (command === 'status') return this.status();
    this.settings.signal.throwIfAborted();
    if (command === 'poll') {
      await new Promise<void>((resolve, reject) => {
        this.#askers.push({ resolve, reject });
        this.#wake.wake();
      });
      return null;
    }
    this.#paused = command === 'pause';
    this.#wake.wake();
    return null;
  }

  async status(): Promise<RunSummary<S>> {
    return this.#summary(await this.settings.feed.status());
  }

  glance(): LoopGlance {
    const now = this.settings.clock.now();
    const untilPoll = this.#untilPoll(now);
    return {
      isPaused: this.#paused,
      polledAt: this.#polledAt,
      nextPollAt: this.#paused || !Number.isFinite(untilPoll) ? null : now + untilPoll,
      failure: this.#troubles.first,
      perMinute: this.#perMinute.list,
    };
  }

  /** Polls at once; nobody waits for it, so a failure of it is reported like that of a turn. */
  pollSoon(): void {
    this.#soon = true;
    this.#wake.wake();
  }

  async #round(): Promise<void> {
    const { signal, feed } = this.settings;
    try {
      if (this.#reading === null && this.#pollWanted()) this.#read('turn');
      if (!this.#paused && (await this.#sendNext())) return;
      if (signal.aborted) return;
      // Until the page is there, something is acknowledged or a command comes; what is due meanwhile goes out a little late.
      if (this.#reading !== null) return await this.#wake.sleep(againMs);
      // Only when nothing can be sent is more read: what was read last is still at hand then.
      if (!this.#paused && this.#more) return this.#read('more');
      if (!this.#paused && this.#ahead) {
        this.#read('more');
        await this.#reading;
        if (this.#more) return;
      }
      const status = await feed.status();
      this.#recover('store');
      this.#warn(status);
      await this.#lookAtNeeds();
      if (this.#run && this.#isOver(status)) {
        // What was acknowledged since has made room for more.
        if (await this.#sendNext()) return;
        this.settings.caughtUp(this.#summary(status));
        this.#run = null;
      }
      this.#show(status);
      await this.#wake.sleep(this.#untilNext(status));
    } catch (error) {
      if (signal.aborted) return;
      this.#fail('store', error);
      await this.#wake.sleep(againMs);
    }
  }

  #pollWanted(): boolean {
    const turn = this.#refusals.left() === 0 && this.#turns.take();
    const soon = this.#soon;
    this.#soon = false;
    return this.#askers.length > 0 || soon || (!this.#paused && turn);
  }

  #read(why: 'turn' | 'more'): void {
    this.#reading = this.#poll(why).finally(() => {
      this.#reading = null;
      this.#wake.wake();
    });
  }

  async #poll(why: 'turn' | 'more'): Promise<void> {
    const { feed, signal, show } = this.settings;
    const askers = this.#askers.splice(0);
    this.#polledAt = this.settings.clock.now();
    try {
      if (why === 'turn' && !this.#more) show({ name: 'working' });
      else await this.#showProgress();
      const result = await feed.poll(signal, why);
      this.#note(result);
      const failure = result.failures.find(({ error }) => isRefused(error)) ?? result.failures[0];
      if (failure) return this.#pollFailed(failure.error, askers);
      this.#refusals.end();
      this.#recover('poll');
      for (const asker of askers) asker.resolve();
    } catch (error) {
      this.#more = false;
      this.#pollFailed(error, askers);
    }
  }

  /** What else could be read is read on: `#more` says whether there is more of it. */
  #pollFailed(error: unknown, askers: Asker[]): void {
    this.#ahead = false;
    if (isRefused(error)) {
      this.#more = false;
      this.#refusals.note();
    }
    this.#run = null;
    for (const asker of askers) asker.reject(error);
    if (!this.settings.signal.aborted) this.#fail('poll', error, askers.length > 0);
  }

  #note(result: LoopPoll): void {
    const full = result.stopped === 'full';
    for (const alarm of result.alarms) if (alarm.kind !== 'full' || !this.#full) this.settings.alarm(alarm);
    this.#full = full;
    this.#more = result.stopped === 'pages';
    this.#ahead = result.stopped === 'open';
    this.#watch.polled(result, this.settings.clock.now());
    this.#perMinute.add(result.fetched);
    this.#run = { fetched: (this.#run?.fetched ?? 0) + result.fetched, sent: this.#run?.sent ?? 0 };
  }

  /** False when nothing may go out now. */
  async #sendNext(): Promise<boolean> {
    const { feed, alarm } = this.settings;
    const batch = await feed.next();
    for (const each of feed.alarms?.() ?? []) alarm(each);
    if (batch && !this.settings.signal.aborted) await this.#send(batch);
    return batch !== null;
  }

  async #send(batch: B): Promise<void> {
    const { emit, feed, signal } = this.settings;
    try {
      await emit(batch);
      if (this.#run) this.#run.sent += 1;
      this.#recover('send');
      // The nodes behind get their turn between two messages.
      await nextTurn();
    } catch (error) {
      if (signal.aborted) return; // it comes again at the next start
      this.#fail('send', error);
      await feed.settle(batch.token, { result: 'retry', afterMs: 12 * againMs });
    }
  }

  #isOver({ batches }: S): boolean {
    return !this.#paused && !this.#more && !this.#ahead && !this.#full && batches === 0;
  }

  #summary(status: S): RunSummary<S> {
    return { ...status, fetched: this.#run?.fetched ?? 0, sent: this.#run?.sent ?? 0, paused: this.#paused };
  }

  /** At most once a second, and only of what takes longer. */
  async #showProgress(): Promise<void> {
    const now = this.settings.clock.now();
    if (now - this.#shownAt < 1000) return;
    this.#shownAt = now;
    const { progress } = await this.settings.feed.status();
    if (progress && !this.#troubles.code) this.settings.show({ name: 'progress', ...progress });
  }

  #warn(status: S): void {
    for (const alarm of this.#watch.check(status, this.settings.clock.now())) this.settings.alarm(alarm);
  }

  async #lookAtNeeds(): Promise<void> {
    const { attention, alarm, show } = this.settings;
    if (!attention) return;
    for (const each of await attention.look()) alarm(each);
    show({ name: 'needs', ...attention.needs });
  }

  #show(status: S): void {
    const { show } = this.settings;
    const { code } = this.#troubles;
    const upTo = Math.max(-1, ...status.feeds.map(each => each.fetched));
    if (this.#paused) show({ name: 'paused' });
    else if (code) this.#showFailed(code);
    else if (this.#ahead && status.progress) show({ name: 'progress', ...status.progress });
    else if (status.batches > 0) show({ name: 'waiting', count: status.unacknowledged });
    else show(upTo < 0 ? { name: 'ready' } : { name: 'idle', upTo });
  }

  #untilNext({ nextDueAt }: S): number {
    if (this.#paused) return longestSleepMs;
    const now = this.settings.clock.now();
    // What is due already is held back by the bound or by an earlier event; an acknowledgement wakes us sooner.
    const due = nextDueAt === null ? longestSleepMs : nextDueAt > now ? nextDueAt - now : againMs;
    const tell = this.settings.attention?.nextAt ?? null;
    return Math.min(due, this.#untilPoll(now), tell === null ? longestSleepMs : tell - now, longestSleepMs);
  }

  /** Infinite when it does not poll by itself. */
  #untilPoll(now: number): number {
    return Math.max(this.#turns.until(now), this.#refusals.left());
  }

  /** `told`: whoever asked for the poll hears of it. */
  #fail(where: Place, error: unknown, told = false): void {
    if (this.#troubles.begin(where, error) && !told) this.settings.failed(error);
    const { code } = this.#troubles;
    if (code) this.#showFailed(code);
  }

  /** While polling rests, also when it goes on. */
  #showFailed(code: string): void {
    const now = this.settings.clock.now();
    const againMs = this.#untilPoll(now);
    const rests = this.#refusals.left() > 0 && Number.isFinite(againMs);
    this.settings.show(rests ? { name: 'resting', code, againAt: now + againMs } : { name: 'failed', code });
  }

  #recover(where: Place): void {
    const code = this.#troubles.end(where);
    if (code === null) return;
    this.settings.alarm({ kind: 'recovered', feed: null, eventId: null, message: recovered(where, code) });
  }
}
