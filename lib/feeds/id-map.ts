import { AdapterError } from '../errors';
import type { Beginning } from '../state/tables/new-beginning';

/** What each new beginning adds to WAP's ids: 13 digits are left for them. */
export const beginningStep = 10_000_000_000_000;

/** WAP's ids as they are counted here: unchanged, until WAP's database is restored and reading begins anew. From there on the
 *  number of the beginning stands in front of them, so that an id which WAP gives a second time makes another key. */
export class IdMap {
  /** What is added from which id of WAP on, ascending. */
  readonly #parts: Array<{ from: number; shift: number }>;
  readonly #beginnings: readonly Beginning[];

  constructor(beginnings: readonly Beginning[]) {
    this.#beginnings = beginnings;
    this.#parts = [{ from: 0, shift: 0 }];
    for (const { number, fromId } of beginnings) {
      const below = this.#parts.filter(({ from }) => from < fromId);
      this.#parts = [...below, { from: fromId, shift: number * beginningStep }];
    }
  }

  /** WAP's ids are counted as they are. */
  get isPlain(): boolean {
    return this.#beginnings.length === 0;
  }

  /** An id of WAP as it is counted here, by the newest beginning at or below it. */
  ours(wapId: number): number {
    return wapId + (this.#parts.findLast(({ from }) => from <= wapId)?.shift ?? 0);
  }

  /** An id that a person gives: WAP's, or one that was counted here. */
  given(id: number): number {
    return this.isPlain || id >= beginningStep ? id : this.ours(id);
  }

  /** The id of WAP behind one that was counted here. */
  wap(id: number): number {
    return this.isPlain ? id : id % beginningStep;
  }

  /** Where WAP has to be asked to begin for all that is `id` or higher here. */
  startFor(id: number): number {
    for (const [index, { from, shift }] of this.#parts.entries()) {
      const end = this.#parts[index + 1]?.from ?? Number.POSITIVE_INFINITY;
      if (id - shift < end) return Math.max(from, id - shift);
    }
    return this.wap(id);
  }
}

/** The ids under which the same id of WAP may have been counted before, the oldest first. */
export function earlierIds(id: number): number[] {
  return Array.from(
    { length: Math.floor(id / beginningStep) },
    (_, number) => number * beginningStep + (id % beginningStep),
  );
}

/** @throws INPUT_INVALID for an id that leaves no room for the number of a beginning */
export function checkFitsBeginnings(id: number): void {
  if (id < beginningStep) return;
  throw new AdapterError('INPUT_INVALID', `from: WAP's id must be below ${beginningStep} to begin anew.`, {
    subject: 'from',
  });
}
