import { inChunks } from '../../async/in-chunks';
import { tellSettled } from '../../feeds/settled';
import { claimReader } from '../../feeds/sole-reader';
import type { UsageRecord } from '../../wap/types';
import { Calendar } from '../calendar';
import type { Contribution } from './contributions';
import type { Taken, UsageMeter, WindowMeterSettings } from './usage-meter';
import { WindowCounter } from './window-counter';
import { WindowLoop } from './window-loop';

/** Counts records in windows and sends what they bill when they close. */
export class WindowMeter implements UsageMeter {
  readonly #settings: WindowMeterSettings;
  readonly #counter: WindowCounter;
  readonly #loop: WindowLoop;
  #running: Promise<void> | null = null;

  /** @throws INPUT_INVALID for a time zone; INPUT_CONFIG when another node fills the same windows */
  constructor(settings: WindowMeterSettings) {
    this.#settings = settings;
    const { installation, series, store, signal, clock, settled, messages, owner } = settings;
    const { batchSize, maxOpenBatches, redeliveryMs } = settings;
    this.#counter = new WindowCounter({
      ...settings,
      calendar: new Calendar(settings.timeZone),
      outbox: { batchSize, maxOpenBatches, redeliveryMs },
    });
    const release = claimReader(store, { installation, consumer: `meter/${series}` }, owner);
    signal.addEventListener('abort', release, { once: true });
    this.#loop = new WindowLoop({
      ...{ counter: this.#counter, clock, signal, settled },
      send: ({ quantities, ...delivery }) =>
        messages.quantities(quantities, { ...delivery, quantities: quantities.length }),
      failed: messages.failed,
      closed: messages.closed,
    });
  }

  run(): Promise<void> {
    this.#running ??= this.#loop.run();
    return this.#running;
  }

  async take(
    records: readonly UsageRecord[],
    { token }: { token: string | null },
    aside: (found: Taken) => void,
  ): Promise<Taken> {
    const { settled, party } = this.#settings;
    const contributions: Contribution[] = [];
    const found: Taken = { quantities: null, unknown: [], odd: [] };
    await inChunks(records, some => {
      const sorted = this.#counter.sort(some);
      contributions.push(...sorted.contributions);
      found.unknown.push(...sorted.unknown);
      found.odd.push(...sorted.odd);
    });
    aside(found);
    await this.#counter.count(records, contributions, { token, party });
    if (token !== null) tellSettled(settled);
    this.#loop.changed();
    return found;
  }

  close(): void {
    this.#loop.closeAll();
  }

  async status(): Promise<Record<string, number>> {
    const { windows, waiting, open, dead } = await this.#counter.status();
    return { windows, waiting, unacknowledged: open, dead }; // the word that flows know
  }
}
