/** WAP is not known to cut pages to fewer items than this. */
const leastLimit = 10;

/** Tells by the lengths of its pages whether a feed is read to its end. Without this each turn would ask for one more page,
 *  and go on for as long as WAP writes. */
export class PageEnd {
  /** A WAP that cuts pages shows it by many of one length: the longest seen is then the length of a full one. */
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
