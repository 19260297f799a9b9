import type { Clock } from '../../async/clock';
import type { Store } from '../../state/port';
import { type AttentionKey, endAttention, tellAttention, toldAttention } from '../../state/tables/attention';
import type { Alarm } from '../alarms';
import { hasNeeds, type Needs, needsOf, noNeeds } from '../needs';

const dayMs = 86_400_000;
/** A power cut may lose it: the next look finds it again. */
const relaxed = { relaxed: true };

/** Reports what of a reader needs a person: when it begins, once a day, and when it is over. */
export class Attention {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #key: AttentionKey;
  #needs: Needs = noNeeds;
  /** When it is to be told again, ms UTC; null while nothing needs anybody. */
  #nextAt: number | null = null;

  constructor(store: Store, clock: Clock, key: AttentionKey) {
    this.#store = store;
    this.#clock = clock;
    this.#key = key;
  }

  /** What needed a person at the last look. */
  get needs(): Needs {
    return this.#needs;
  }

  /** When to look again at the latest, ms UTC. */
  get nextAt(): number | null {
    return this.#nextAt;
  }

  /** Looks at the store and answers what has to be reported now. Safe to repeat: what was reported is written down. */
  async look(): Promise<Alarm[]> {
    const now = this.#clock.now();
    const { installation, consumer, source } = this.#key;
    const found = await this.#store.transaction(
      async tx => ({
        needs: await needsOf(tx, { installation, source, consumer }),
        toldAt: await toldAttention(tx, this.#key),
      }),
      relaxed,
    );
    this.#needs = found.needs;
    const isNeeded = hasNeeds(found.needs);
    // Reported in the future: the clock was set back.
    const isDue = found.toldAt === null || now - found.toldAt >= dayMs || found.toldAt > now;
    this.#nextAt = isNeeded ? (isDue ? now : (found.toldAt ?? now)) + dayMs : null;
    if (!isNeeded) return found.toldAt === null ? [] : this.#over();
    if (!isDue) return [];
    await this.#store.transaction(tx => tellAttention(tx, this.#key, now));
    return [this.#alarm('attention', sentenceOf(found.needs))];
  }

  /** Only the first to note it tells it: two nodes may look at the same time. */
  async #over(): Promise<Alarm[]> {
    const isFirst = await this.#store.transaction(tx => endAttention(tx, this.#key));
    return isFirst ? [this.#alarm('attentionOver', 'Nothing needs a person any more.')] : [];
  }

  #alarm(kind: 'attention' | 'attentionOver', message: string): Alarm {
    const feed = this.#key.source === 'usage' ? 'usage' : null;
    return { kind, feed, eventId: null, needs: this.#needs, message };
  }
}

/** How much of what, in one sentence. */
function sentenceOf({ refused, unmapped, waiting, parked, quarantined }: Needs): string {
  const parts = [
    [refused, 'refused by billing'],
    [unmapped, 'that wait for a mapping'],
    [waiting, 'that wait for something in billing'],
    [parked, 'that refer to what WAP does not know'],
    [quarantined, 'in quarantine'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `A person has to look at what was read: ${said.join(', ')}. Open *Dead letters* in the sidebar “WAP billing”.`;
}
