const idCharacters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Repeatable random numbers: the same seed gives the same ids and gaps. `state` can be saved and set again. */
export class Random {
  constructor(public state: number) {}

  /** 0 (inclusive) to 1 (exclusive). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Lower-case letters and digits. */
  text(length: number): string {
    let text = '';
    while (text.length < length) text += idCharacters.charAt(this.between(0, idCharacters.length - 1));
    return text;
  }

  guid(): string {
    const hex = Array.from({ length: 32 }, () => this.between(0, 15).toString(16)).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
