/** Shorter pages are no limit of WAP's. */
const leastLimit = 10;

/** Tells by the lengths of a feed's pages whether it is read to its end as of now: what WAP makes while it is read is then
 *  left for the next turn. */
export class PageEnd {
  readonly #asked: number;
  #longest = 0;

  /** `asked`: items in a full page. */
  constructor(asked: number) {
    this.#asked = asked;
  }

  /** True for a page that is shorter than asked for, unless all pages of the feed are cut to its length. */
  isShownBy(length: number): boolean {
    this.#longest = Math.max(length, this.#longest);
    return length < this.#asked && (length < leastLimit || length < this.#longest);
  }
}
