/** Slots of the first table; small feeds never need more. */
const smallest = 1 << 12;

/** The last fingerprints, as many as `slots` or so, in at most 16 bytes each: when one half is full, the older half is
 *  forgotten. */
export class PrintSet {
  readonly #slots: number;
  #young = new Table(smallest);
  #old: Table | null = null;
  /** How often the younger half was full. */
  turns = 0;

  constructor(slots = 1 << 20) {
    this.#slots = slots;
  }

  /** Whether it was added and is not forgotten. Both numbers are compared: 64 bits make a false hit unlikely, 32 would not. */
  has(one: number, two: number): boolean {
    return this.#young.has(one, two) || (this.#old?.has(one, two) ?? false);
  }

  add(one: number, two: number): void {
    if (this.#young.isFull) {
      if (this.#young.slots < this.#slots) this.#young = this.#young.doubled();
      else {
        this.#old = this.#young;
        this.#young = new Table(this.#slots);
        this.turns += 1;
      }
    }
    this.#young.add(one, two);
  }
}

/** Open addressing; 0, 0 is an empty slot. */
class Table {
  size = 0;
  readonly #cells: Uint32Array;

  constructor(readonly slots: number) {
    this.#cells = new Uint32Array(slots * 2);
  }

  /** At seven tenths: beyond that, looking for an empty slot takes ever longer. */
  get isFull(): boolean {
    return this.size * 10 >= this.slots * 7;
  }

  has(one: number, two: number): boolean {
    const at = this.#place(one, two);
    return this.#cells[at] === one && this.#cells[at + 1] === two;
  }

  add(one: number, two: number): void {
    const at = this.#place(one, two);
    if (this.#cells[at] === one && this.#cells[at + 1] === two) return;
    this.#cells[at] = one;
    this.#cells[at + 1] = two;
    this.size += 1;
  }

  /** Where it is, or would be. */
  #place(one: number, two: number): number {
    const cells = this.#cells;
    const mask = this.slots - 1;
    let slot = one & mask;
    for (;;) {
      const at = slot * 2;
      if ((cells[at] === one && cells[at + 1] === two) || (cells[at] === 0 && cells[at + 1] === 0)) return at;
      slot = (slot + 1) & mask;
    }
  }

  /** A table of twice the size with the same content; a power of two, because the mask needs one. */
  doubled(): Table {
    const next = new Table(this.slots * 2);
    for (let at = 0; at < this.#cells.length; at += 2) {
      const [one = 0, two = 0] = [this.#cells[at], this.#cells[at + 1]];
      if (one !== 0 || two !== 0) next.add(one, two);
    }
    return next;
  }
}
