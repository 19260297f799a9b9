/** A sum of decimal texts without any rounding. */
export class ExactSum {
  count = 0;
  #units = 0n;
  #scale = 0;

  /** @param text digits with an optional `.` and sign, see `isDecimal` */
  add(text: string): void {
    const point = text.indexOf('.');
    const scale = point < 0 ? 0 : text.length - point - 1;
    let units = BigInt(point < 0 ? text : text.slice(0, point) + text.slice(point + 1));
    if (scale < this.#scale) units *= 10n ** BigInt(this.#scale - scale);
    if (scale > this.#scale) {
      this.#units *= 10n ** BigInt(scale - this.#scale);
      this.#scale = scale;
    }
    this.#units += units;
    this.count += 1;
  }

  /** Without trailing zeros. */
  toString(): string {
    const sign = this.#units < 0n ? '-' : '';
    const digits = String(this.#units < 0n ? -this.#units : this.#units).padStart(this.#scale + 1, '0');
    const whole = digits.slice(0, digits.length - this.#scale);
    const fraction = digits.slice(digits.length - this.#scale).replace(/0+$/, '');
    return sign + whole + (fraction === '' ? '' : `.${fraction}`);
  }
}

export const isDecimal = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);
