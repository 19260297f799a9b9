import type { UsagePage } from '../../state/tables/usage-page';

/** Ascending ids as differences; empty when there is no gap, as nearly always. */
export function packIds(ids: readonly number[]): string {
  const first = ids[0] ?? 0;
  if ((ids.at(-1) ?? 0) - first === ids.length - 1) return '';
  return ids.map((id, index) => id - (ids[index - 1] ?? first)).join(',');
}

/** The ids of a page, ascending. */
export function idsOf({ firstId, total, ids }: Pick<UsagePage, 'firstId' | 'total' | 'ids'>): number[] {
  if (ids === '') return Array.from({ length: total }, (_, index) => firstId + index);
  let id = firstId;
  return ids.split(',').map(step => {
    id += Number(step);
    return id;
  });
}

/** The ids of a part of a page by their places, without a list of them where there is no gap. */
export class PartIds {
  readonly #list: number[] | null;
  readonly #first: number;

  constructor(page: Pick<UsagePage, 'firstId' | 'total' | 'ids'>, start: number, end: number) {
    this.#list = page.ids === '' ? null : idsOf(page).slice(start, end);
    this.#first = page.firstId + start;
    this.length = end - start;
  }

  readonly length: number;

  /** The id at a place of the part, from 0; undefined outside. */
  at(place: number): number | undefined {
    if (place < 0 || place >= this.length) return undefined;
    return this.#list ? this.#list[place] : this.#first + place;
  }

  /** -1 when it is not there. */
  placeOf(id: number): number {
    if (!this.#list) return id >= this.#first && id < this.#first + this.length ? id - this.#first : -1;
    let [low, high] = [0, this.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#list[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return this.#list[low] === id ? low : -1;
  }

  all(): number[] {
    return this.#list ?? Array.from({ length: this.length }, (_, place) => this.#first + place);
  }
}
