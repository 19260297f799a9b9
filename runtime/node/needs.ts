import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/async/clock';
import { longestSleepMs } from '../../lib/async/set-back';
import { Wake } from '../../lib/async/wake';
import { hasNeeds, type Needs, type NeedsOf, needsOf } from '../../lib/feeds/needs';
import type { Store } from '../../lib/state/port';
import { shortCount } from './fit';
import type { ShowStatus } from './status';
import { say } from './texts';

/** What is told first. */
const kinds = ['refused', 'unmapped', 'waiting', 'parked', 'quarantined'] as const satisfies Array<keyof Needs>;
/** However much is settled, the store is asked this often. */
const pauseMs = 500;
const relaxed = { relaxed: true };

/** `41 refused · 27 wait for a mapping`, in shorter words and with the rest added up where `longest` wants it; null when nothing needs
 *  anybody. */
export function needsText(RED: NodeAPI, needs: Needs, longest: number): string | null {
  if (!hasNeeds(needs)) return null;
  const found = kinds.filter(kind => needs[kind] > 0);
  const joined = (words: string, shown: number) => {
    const rest = found.slice(shown).reduce((sum, kind) => sum + needs[kind], 0);
    const parts = found.slice(0, shown).map(kind => say(RED, `${words}.${kind}`, { count: shortCount(needs[kind]) }));
    return [...parts, ...(rest > 0 ? [say(RED, 'needs.more', { count: shortCount(rest) })] : [])].join(' · ');
  };
  const all = joined('needs', found.length);
  if (all.length <= longest) return all;
  for (let shown = found.length; shown > 1; shown -= 1) {
    const text = joined('needs.short', shown);
    if (text.length <= longest) return text;
  }
  return joined('needs.short', 1);
}

interface Watched {
  store: Store;
  settled: EventTarget;
  signal: AbortSignal;
  status: ShowStatus;
  of: NeedsOf;
}

/** Keeps in the status of a node what needs a person, while it stands idle too. */
export class NeedsWatch {
  readonly #wake = new Wake(systemClock);

  constructor(private readonly watched: Watched) {}

  /** Shows what the store says now. */
  async look(): Promise<void> {
    const { store, status, of } = this.watched;
    status('needs', { ...(await store.transaction(tx => needsOf(tx, of), relaxed)) });
  }

  /** Looks whenever something was settled, until the signal aborts. Never rejects. */
  async run(): Promise<void> {
    const { settled, signal } = this.watched;
    const wake = () => this.#wake.wake();
    settled.addEventListener('settled', wake);
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted) {
      await this.look().catch(() => undefined); // whoever needs the store says so
      await systemClock.sleep(pauseMs, signal).catch(() => undefined); // closing
      await this.#wake.sleep(longestSleepMs);
    }
    settled.removeEventListener('settled', wake);
  }
}
