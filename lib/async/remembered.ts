/** Answers that are costly to find and never change, at most `most` of them: keys come from outside, so an unbounded map would
 *  grow for as long as the process lives. When it is full it begins again, which costs less than knowing which key is oldest. */
export class Remembered<T> {
  readonly #most: number;
  #known = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The answer for a key; `find` must give the same one each time. */
  get(key: string, find: () => T): T {
    const known = this.#known.get(key);
    if (known !== undefined || this.#known.has(key)) return known as T;
    const found = find();
    if (this.#known.size >= this.#most) this.#known = new Map();
    this.#known.set(key, found);
    return found;
  }
}
