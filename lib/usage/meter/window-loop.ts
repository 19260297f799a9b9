import type { Clock } from '../../async/clock';
import { nextTurn } from '../../async/event-loop';
import { longestSleepMs } from '../../async/set-back';
import { Wake } from '../../async/wake';
import { AdapterError } from '../../errors';
import type { OutboxBatch } from './outbox';
import type { WindowMeter } from './window-meter';

export interface WindowLoopSettings {
  meter: Pick<WindowMeter, 'start' | 'close' | 'next' | 'nextDueAt' | 'alarms'>;
  clock: Clock;
  signal: AbortSignal;
  /** Says `settled` when something was acknowledged. */
  settled: EventTarget;
  send(batch: OutboxBatch): void;
  /** Once when a trouble begins. */
  failed(error: unknown): void;
  closed(windows: number): void;
}

const againMs = 5_000;

/** Closes windows when their time has come and sends out what is to be billed, until the signal aborts. */
export class WindowLoop {
  readonly #wake: Wake;
  #all = false;
  #trouble: string | null = null;

  constructor(private readonly settings: WindowLoopSettings) {
    this.#wake = new Wake(settings.clock);
  }

  /** Something came into a window. */
  changed(): void {
    this.#wake.wake();
  }

  /** A run has caught up: every window that has ended is closed. */
  closeAll(): void {
    this.#all = true;
    this.#wake.wake();
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { signal, settled } = this.settings;
    const wake = () => this.#wake.wake();
    settled.addEventListener('settled', wake);
    signal.addEventListener('abort', wake, { once: true });
    let isStarted = false;
    while (!signal.aborted) {
      try {
        if (!isStarted) await this.settings.meter.start();
        isStarted = true;
        await this.#round();
        this.#trouble = null;
      } catch (error) {
        if (signal.aborted) break;
        this.#fail(error);
        await this.#wake.sleep(againMs);
      }
    }
    settled.removeEventListener('settled', wake);
  }

  async #round(): Promise<void> {
    const { meter, clock, signal, send, closed, failed } = this.settings;
    const all = this.#all;
    const count = await meter.close(all);
    if (all) this.#all = false;
    if (count > 0) closed(count);
    for (let batch = await meter.next(); batch && !signal.aborted; batch = await meter.next()) {
      send(batch);
      // The nodes behind get their turn between two messages.
      await nextTurn();
    }
    for (const { message } of meter.alarms())
      failed(new AdapterError('STATE_DELIVERY', message, { subject: 'delivery' }));
    const due = await meter.nextDueAt();
    const now = clock.now();
    // What is due already is held back by the bound or by an earlier quantity; an acknowledgement wakes us sooner.
    const wait = due === null ? longestSleepMs : due > now ? due - now : againMs;
    if (!signal.aborted && !this.#all) await this.#wake.sleep(Math.min(wait, longestSleepMs));
  }

  #fail(error: unknown): void {
    const code = error instanceof AdapterError ? error.code : 'INTERNAL';
    if (this.#trouble !== code) this.settings.failed(error);
    this.#trouble = code;
  }
}
