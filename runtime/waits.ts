import type { NodeAPI } from 'node-red';
import { fitted } from './fit';
import { say } from './texts';

interface Wait {
  name: string;
  /** ms UTC. */
  until: number;
}

/** What a node waits for, for its status. */
export class Waits {
  readonly #now = new Set<Wait>();

  constructor(
    private readonly RED: NodeAPI,
    private readonly changed: () => void,
  ) {}

  /** Until what is returned is called. */
  begin(wait: Wait): () => void {
    this.#now.add(wait);
    this.changed();
    return () => {
      if (this.#now.delete(wait) && this.#now.size > 0) this.changed();
    };
  }

  /** `Stuck Silver · until 22:34`, `3 waiting, next until 22:34`; null when nothing is waited for. */
  text(now = new Date()): string | null {
    const [first, ...others] = [...this.#now].sort((one, other) => one.until - other.until);
    if (!first) return null;
    const until = localTime(new Date(first.until), now);
    const { RED } = this;
    if (others.length > 0) return say(RED, 'status.waitsForMany', { count: others.length + 1, until });
    return fitted(values => say(RED, 'status.waitsFor', values), { name: first.name, until }, 'name');
  }
}

/** In the time zone of the server: the time, with the date before it when that is another day. */
export function localTime(at: Date, now: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
