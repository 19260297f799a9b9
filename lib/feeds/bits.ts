/** Which places of a batch are settled, stored as hexadecimal text; an empty text means none. */
export class Bits {
  readonly #bytes: Uint8Array;

  constructor(
    readonly length: number,
    text: string,
  ) {
    this.#bytes = new Uint8Array(Math.ceil(length / 8));
    if (text !== '') this.#bytes.set(Buffer.from(text, 'hex').subarray(0, this.#bytes.length));
  }

  /** Whether the place, from 0, is settled. */
  has(place: number): boolean {
    return ((this.#bytes[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }

  /** Marks a place as settled; again changes nothing. */
  add(place: number): void {
    this.#bytes[place >> 3] = (this.#bytes[place >> 3] ?? 0) | (1 << (place & 7));
  }

  /** The first place that is not in it; `length` when all are. */
  firstOpen(): number {
    const byte = this.#bytes.findIndex(each => each !== 0xff);
    if (byte < 0) return this.length;
    let place = byte * 8;
    while (place < this.length && this.has(place)) place++;
    return place;
  }

  /** How many places are not settled. */
  countOpen(): number {
    let done = 0;
    for (const byte of this.#bytes) for (let bits = byte; bits > 0; bits >>= 1) done += bits & 1;
    return this.length - done;
  }

  /** Two digits a byte, place 0 in the lowest bit of the first; as it is stored. */
  toString(): string {
    return Buffer.from(this.#bytes).toString('hex');
  }
}
