import type { Clock } from '../../async/clock';
import { nextTurn } from '../../async/event-loop';
import { longestSleepMs } from '../../async/set-back';
import { Wake } from '../../async/wake';
import { AdapterError } from '../../errors';
import type { OutboxBatch } from './outbox';
import type { WindowCounter } from './window-counter';

/** The windows, and where what they bill goes. */
export interface WindowLoopSettings {
  counter: Pick<WindowCounter, 'start' | 'close' | 'next' | 'nextDueAt' | 'alarms'>;
  clock: Clock;
  signal: AbortSignal;
  /** Says `settled` when something was acknowledged. */
  settled: EventTarget;
  /** Sends one message; it waits for its acknowledgement from then on. */
  send(batch: OutboxBatch): void;
  /** Once when failures begin, and again when they become others. */
  failed(error: unknown): void;
  /** So many windows were closed. */
  closed(windows: number): void;
}

/** After a failure, and while something due is held back, it is looked again so soon. */
const againMs = 5_000;

/** Closes windows when they are due and sends out what is to be billed, until the signal aborts. */
export class WindowLoop {
  readonly #settings: WindowLoopSettings;
  readonly #wake: Wake;
  /** Every window that has ended is to be closed, not only those that are due. */
  #closesAll = false;
  /** The code of the failure that was told; null: the last round went well. */
  #failing: string | null = null;

  constructor(settings: WindowLoopSettings) {
    this.#settings = settings;
    this.#wake = new Wake(settings.clock);
  }

  /** Something came into a window. */
  changed(): void {
    this.#wake.wake();
  }

  /** A poll has caught up: closes every window that has ended. */
  closeAll(): void {
    this.#closesAll = true;
    this.#wake.wake();
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { signal, settled } = this.#settings;
    const wake = () => this.#wake.wake();
    settled.addEventListener('settled', wake);
    signal.addEventListener('abort', wake, { once: true });
    let isStarted = false;
    while (!signal.aborted) {
      try {
        if (!isStarted) await this.#settings.counter.start();
        isStarted = true;
        await this.#round();
        this.#failing = null;
      } catch (error) {
        if (signal.aborted) break;
        this.#fail(error);
        await this.#wake.sleep(againMs);
      }
    }
    settled.removeEventListener('settled', wake);
  }

  /** Closes what is due, sends what may go out, and sleeps until the next time. */
  async #round(): Promise<void> {
    const { counter, clock, signal, send, closed, failed } = this.#settings;
    const all = this.#closesAll;
    const count = await counter.close(all);
    if (all) this.#closesAll = false;
    if (count > 0) closed(count);
    for (let batch = await counter.next(); batch && !signal.aborted; batch = await counter.next()) {
      send(batch);
      await nextTurn(); // the nodes that follow work between two messages
    }
    for (const { message } of counter.alarms())
      failed(new AdapterError('STATE_DELIVERY', message, { subject: 'delivery' }));
    const due = await counter.nextDueAt();
    const now = clock.now();
    // What is overdue waits for room or for an earlier quantity of its subscription; an acknowledgement wakes the loop sooner.
    const wait = due === null ? longestSleepMs : due > now ? due - now : againMs;
    if (!signal.aborted && !this.#closesAll) await this.#wake.sleep(Math.min(wait, longestSleepMs));
  }

  /** Told once a code, not at every try. */
  #fail(error: unknown): void {
    const code = error instanceof AdapterError ? error.code : 'INTERNAL';
    if (this.#failing !== code) this.#settings.failed(error);
    this.#failing = code;
  }
}
