/** Remembers which ids came, and with what content, in 16 bytes a place: ten million need some 270 MB. Two ids are taken
 *  for one when 64 bits of their hashes agree, which ten million do with a chance of 3 in a million. */
export class IdDigest {
  size = 0;
  #places = 0;
  /** Two halves of the id's hash, the content's hash, and when it came (s). All zero: free. */
  #table = new Uint32Array(0);

  /** Seconds when this id came, and whether its content was the same; null when it did not. */
  find(id: string, content: string): { seconds: number; same: boolean } | null {
    if (this.size === 0) return null;
    const at = this.#placeOf(hash(id, 1), hash(id, 2));
    if (this.#free(at)) return null;
    return { seconds: this.#table[at + 3] ?? 0, same: this.#table[at + 2] === hash(content, 3) };
  }

  /** Keeps it, or takes the place of what was kept for this id. */
  put(id: string, content: string, seconds: number): void {
    if ((this.size + 1) * 10 > this.#places * 6) this.#grow();
    const high = hash(id, 1);
    const low = hash(id, 2);
    const at = this.#placeOf(high, low);
    if (this.#free(at)) this.size += 1;
    this.#table[at] = high;
    this.#table[at + 1] = low;
    this.#table[at + 2] = hash(content, 3);
    this.#table[at + 3] = seconds;
  }

  #grow(): void {
    const before = this.#table;
    this.#places = Math.max(1024, this.#places * 2);
    this.#table = new Uint32Array(this.#places * 4);
    for (let at = 0; at < before.length; at += 4) {
      const high = before[at] ?? 0;
      const low = before[at + 1] ?? 0;
      if (high !== 0 || low !== 0) this.#table.set(before.subarray(at, at + 4), this.#placeOf(high, low));
    }
  }

  #placeOf(high: number, low: number): number {
    let place = low % this.#places;
    while (!this.#free(place * 4) && (this.#table[place * 4] !== high || this.#table[place * 4 + 1] !== low)) {
      place = (place + 1) % this.#places;
    }
    return place * 4;
  }

  #free(at: number): boolean {
    return this.#table[at] === 0 && this.#table[at + 1] === 0;
  }
}

/** 32 bits of a text, never 0. */
function hash(text: string, use: number): number {
  let mixed = Math.imul(use, 0x9e3779b1);
  for (let index = 0; index < text.length; index += 1) {
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
    mixed ^= mixed >>> 15;
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0 || 1;
}
