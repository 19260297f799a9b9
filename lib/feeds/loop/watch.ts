import { isWapTime, parseWapTime } from '../../wap/client/time';
import type { Alarm, AlarmKind } from '../alarms';

/** When a feed that works is still an alarm, ms; null: never. */
export interface WatchLimits {
  /** How long nothing new may come. */
  silenceMs: number | null;
  /** How long anything may wait for its acknowledgement. */
  lagMs: number | null;
  /** WAP deletes what is older. */
  retentionMs: number | null;
}

/** The alarm comes when this share of the retention has passed: 30 of 40 days leave time to act. */
const runningOut = 0.75;
const hour = 3_600_000;
const day = 24 * hour;

/** Watches for what goes wrong without any failure. Each alarm comes when it begins, and again only after it was over. */
export class Watch {
  readonly #limits: WatchLimits | null;
  readonly #raised = new Set<AlarmKind>();
  /** When something new came last; after a start, the start. */
  #newAt: number;

  constructor(limits: WatchLimits | null, now: number) {
    this.#limits = limits;
    this.#newAt = now;
  }

  /** Anything new ends the silence. */
  polled({ fetched }: { fetched: number }, now: number): void {
    if (fetched > 0) this.#newAt = now;
  }

  /** The alarms that begin now; nothing for what was told already and lasts. `now`: ms UTC. */
  check(
    status: { oldestAgeMs: number | null; caughtUpAt?: number | null; lastTime?: string | null },
    now: number,
  ): Alarm[] {
    if (!this.#limits) return [];
    const { silenceMs, lagMs, retentionMs } = this.#limits;
    const silent = now - this.#newAt;
    const lag = status.oldestAgeMs ?? 0;
    const behind = behindMs(status, now);
    return [
      ...this.#alarm(
        'silence',
        silenceMs !== null && silent >= silenceMs,
        `Nothing new has come from WAP for ${Math.floor(silent / hour)} h: see whether WAP still collects it.`,
      ),
      ...this.#alarm(
        'lag',
        lagMs !== null && lag >= lagMs,
        `The oldest item has waited ${Math.floor(lag / hour)} h to be acknowledged: see what stops the flow.`,
      ),
      ...this.#alarm(
        'retention',
        retentionMs !== null && behind >= retentionMs * runningOut,
        `What is read now is ${Math.floor(behind / day)} days old, and WAP deletes it after ` +
          `${Math.round((retentionMs ?? 0) / day)}: let the poll run, or make it read faster.`,
      ),
    ];
  }

  /** The alarm when it begins; nothing while it lasts. */
  #alarm(kind: AlarmKind, isSo: boolean, message: string): Alarm[] {
    const isKnown = this.#raised.has(kind);
    if (isSo) this.#raised.add(kind);
    else this.#raised.delete(kind);
    return isSo && !isKnown ? [{ kind, feed: null, eventId: null, message }] : [];
  }
}

/** How old the next item to be read may already be, ms. */
function behindMs(
  { caughtUpAt, lastTime }: { caughtUpAt?: number | null; lastTime?: string | null },
  now: number,
): number {
  const read = isWapTime(lastTime) ? parseWapTime(lastTime).ms : 0;
  const upTo = Math.max(caughtUpAt ?? 0, read);
  return upTo === 0 ? 0 : now - upTo;
}
