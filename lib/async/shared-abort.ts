/** Adds one listener to each signal, however many members depend on it: a node gives one signal to thousands of waits, and
 *  Node.js would report that many listeners as a leak. */
export class SharedAbort<T> {
  readonly #onAbort: (member: T) => void;
  readonly #groups = new Map<AbortSignal, { members: Set<T>; listener: () => void }>();

  constructor(onAbort: (member: T) => void) {
    this.#onAbort = onAbort;
  }

  /** `onAbort` is called for the member when its signal fires; without a signal nothing is watched. */
  add(signal: AbortSignal | undefined, member: T): void {
    if (!signal) return;
    const known = this.#groups.get(signal);
    if (known) {
      known.members.add(member);
      return;
    }
    const members = new Set([member]);
    const listener = () => {
      this.#groups.delete(signal);
      for (const each of members) this.#onAbort(each);
    };
    this.#groups.set(signal, { members, listener });
    signal.addEventListener('abort', listener, { once: true });
  }

  /** The member no longer depends on its signal. */
  remove(signal: AbortSignal | undefined, member: T): void {
    const group = signal && this.#groups.get(signal);
    if (!group) return;
    group.members.delete(member);
    if (group.members.size > 0) return;
    signal.removeEventListener('abort', group.listener);
    this.#groups.delete(signal);
  }
}
