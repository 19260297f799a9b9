import type { LoopHealth, LoopPoll, LoopStatus, PollLoopSettings } from './contract';
import { PerMinute } from './per-minute';
import { Problems, type Where } from './problems';
import type { PollTimes } from './schedule';
import { Watch } from './watch';

type ReportSettings = Pick<
  PollLoopSettings<{ token: string }, LoopStatus>,
  'clock' | 'watch' | 'attention' | 'alarm' | 'failed' | 'show'
>;

/** At most one progress status a second. */
const progressMs = 1000;

/** What the loop says to people: alarms and failures once each, and the status of the node. */
export class LoopReport {
  readonly #settings: ReportSettings;
  readonly #times: PollTimes;
  readonly #problems = new Problems();
  readonly #perMinute: PerMinute;
  readonly #watch: Watch;
  /** The last poll found too much open, which was said. */
  #isFull = false;
  #progressAt = 0;

  constructor(settings: ReportSettings, times: PollTimes) {
    this.#settings = settings;
    this.#times = times;
    this.#watch = new Watch(settings.watch ?? null, settings.clock.now());
    this.#perMinute = new PerMinute(settings.clock);
  }

  /** What a person sees of the loop beside its status. */
  get health(): Pick<LoopHealth, 'failure' | 'perMinute'> {
    return { failure: this.#problems.first, perMinute: this.#perMinute.list };
  }

  /** A poll has come back, with failures or without. */
  polled(result: LoopPoll): void {
    const { alarm, clock } = this.#settings;
    for (const each of result.alarms) if (each.kind !== 'full' || !this.#isFull) alarm(each);
    this.#isFull = result.stopped === 'full';
    this.#watch.polled(result, clock.now());
    this.#perMinute.add(result.fetched);
  }

  working(): void {
    this.#settings.show({ name: 'working' });
  }

  /** `statusOf` costs a look at the store, so it is called only when its answer will be shown. */
  async progress(statusOf: () => Promise<LoopStatus>): Promise<void> {
    const now = this.#settings.clock.now();
    if (now - this.#progressAt < progressMs) return;
    this.#progressAt = now;
    const { progress } = await statusOf();
    if (progress && !this.#problems.first) this.#settings.show({ name: 'progress', ...progress });
  }

  /** Called when the store works and nothing can be sent or read now: reports how things stand, alarms included. */
  async atRest(status: LoopStatus): Promise<void> {
    const { alarm, attention, clock, show } = this.#settings;
    this.recovered('store');
    for (const each of this.#watch.check(status, clock.now())) alarm(each);
    if (!attention) return;
    for (const each of await attention.look()) alarm(each);
    show({ name: 'needs', ...attention.needs });
  }

  /** `isHeldBack`: reading waits until something is settled. */
  show(status: LoopStatus, { isPaused, isHeldBack }: { isPaused: boolean; isHeldBack: boolean }): void {
    const { show } = this.#settings;
    const problem = this.#problems.first;
    const upTo = Math.max(-1, ...status.feeds.map(each => each.fetched));
    if (isPaused) show({ name: 'paused' });
    else if (problem) this.#showProblem(problem.code);
    else if (isHeldBack && status.progress) show({ name: 'progress', ...status.progress });
    else if (status.batches > 0) show({ name: 'waiting', count: status.unacknowledged });
    else show(upTo < 0 ? { name: 'ready' } : { name: 'idle', upTo });
  }

  /** `isTold`: whoever asked for the poll hears of it. */
  failed(where: Where, error: unknown, isTold = false): void {
    if (this.#problems.begin(where, error) && !isTold) this.#settings.failed(error);
    const problem = this.#problems.first;
    if (problem) this.#showProblem(problem.code);
  }

  /** Nothing is wrong there (any more): an alarm says so if something was. */
  recovered(where: Where): void {
    const code = this.#problems.end(where);
    if (code === null) return;
    const message = `${whatWorksAgain(where, code)} (it had failed with ${code}).`;
    this.#settings.alarm({ kind: 'recovered', feed: null, eventId: null, message });
  }

  /** While WAP refuses the credentials, also when they are tried again. */
  #showProblem(code: string): void {
    const now = this.#settings.clock.now();
    const waitMs = this.#times.until(now);
    const isResting = this.#times.isResting && Number.isFinite(waitMs);
    this.#settings.show(isResting ? { name: 'resting', code, againAt: now + waitMs } : { name: 'failed', code });
  }
}

/** Told by what had failed: whoever reads and sends meets the store too. */
function whatWorksAgain(where: Where, code: string): string {
  if (code.startsWith('STATE_')) return 'The state store works again';
  if (code.startsWith('WAP_')) return 'WAP answers again; reading goes on';
  return where === 'send' ? 'What is due goes out again' : 'Reading goes on again';
}
