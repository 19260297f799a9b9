import type { NodeAPI } from 'node-red';
import { fitted } from './fit';
import { say } from './texts';

interface Wait {
  name: string;
  /** ms UTC; null: as long as it takes. */
  until: number | null;
}

const never = Number.MAX_SAFE_INTEGER;

/** What a node waits for, for its status. */
export class Waits {
  readonly #now = new Set<Wait>();

  readonly #RED: NodeAPI;
  readonly #changed: () => void;

  constructor(RED: NodeAPI, changed: () => void) {
    this.#RED = RED;
    this.#changed = changed;
  }

  /** Until what is returned is called. */
  begin(wait: Wait): () => void {
    this.#now.add(wait);
    this.#changed();
    return () => {
      if (this.#now.delete(wait) && this.#now.size > 0) this.#changed();
    };
  }

  /** `Stuck Silver · until 22:34`, `3 waiting, next until 22:34`, the same without a time; null when nothing is waited for. */
  text(now = new Date()): string | null {
    const [first, ...others] = [...this.#now].sort((one, other) => (one.until ?? never) - (other.until ?? never));
    if (!first) return null;
    const RED = this.#RED;
    const [count, name] = [others.length + 1, first.name];
    if (first.until === null) {
      if (count > 1) return say(RED, 'status.waitsOpenMany', { count });
      return fitted(values => say(RED, 'status.waitsOpen', values), { name }, 'name');
    }
    const until = localTime(new Date(first.until), now);
    if (count > 1) return say(RED, 'status.waitsForMany', { count, until });
    return fitted(values => say(RED, 'status.waitsFor', values), { name, until }, 'name');
  }
}

/** In the time zone of the server: the time, with the date before it when that is another day. */
export function localTime(at: Date, now: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
