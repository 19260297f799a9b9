/** Which places of a batch are settled, kept as hexadecimal text; the empty text is none. */
export class Bits {
  readonly #bytes: Uint8Array;

  constructor(
    readonly length: number,
    text: string,
  ) {
    this.#bytes = new Uint8Array(Math.ceil(length / 8));
    if (text !== '') this.#bytes.set(Buffer.from(text, 'hex').subarray(0, this.#bytes.length));
  }

  has(place: number): boolean {
    return ((this.#bytes[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }

  add(place: number): void {
    this.#bytes[place >> 3] = (this.#bytes[place >> 3] ?? 0) | (1 << (place & 7));
  }

  /** The first place that is not in it; `length` when all are. */
  firstOpen(): number {
    for (let place = 0; place < this.length; place++) if (!this.has(place)) return place;
    return this.length;
  }

  countOpen(): number {
    let open = 0;
    for (let place = 0; place < this.length; place++) if (!this.has(place)) open++;
    return open;
  }

  toString(): string {
    return Buffer.from(this.#bytes).toString('hex');
  }
}
