import type Big from 'big.js';
import { Decimal, toText } from '../decimal';

/** Few enough digits that a number holds them exactly. */
const plain = /^-?\d{1,12}(?:\.\d{1,12})?$/;

/** Adds decimals up exactly. Of most quantities the digits fit into whole numbers of one scale, which is many times quicker
 *  than a sum of decimals. */
export class ExactSum {
  /** In units of 10^-`#scale`. */
  #units = 0;
  #scale = 0;
  /** What does not fit into units; null as long as everything does. */
  #rest: Big | null = null;

  /** `text` as `readDecimal` takes it. */
  add(text: string): void {
    if (this.#addUnits(text)) return;
    this.#rest = (this.#rest ?? new Decimal(0)).plus(text);
  }

  /** Exact decimal, as billing gets it. */
  toString(): string {
    return toText(this.#whole());
  }

  /** False when the digits do not fit. */
  #addUnits(text: string): boolean {
    if (text.length > 14 || !plain.test(text)) return false;
    const point = text.indexOf('.');
    const places = point < 0 ? 0 : text.length - point - 1;
    if (places > this.#scale) this.#rescale(places);
    const digits = Number(point < 0 ? text : text.slice(0, point) + text.slice(point + 1));
    const units = digits * 10 ** (this.#scale - places);
    const sum = this.#units + units;
    if (!Number.isSafeInteger(units) || !Number.isSafeInteger(sum)) return false;
    this.#units = sum;
    return true;
  }

  #whole(): Big {
    const units = new Decimal(`${this.#units}e-${this.#scale}`);
    return this.#rest ? this.#rest.plus(units) : units;
  }

  /** Takes smaller units; what they would make too large moves to the slow part. */
  #rescale(scale: number): void {
    const units = this.#units * 10 ** (scale - this.#scale);
    if (Number.isSafeInteger(units)) this.#units = units;
    else {
      this.#rest = this.#whole();
      this.#units = 0;
    }
    this.#scale = scale;
  }
}
