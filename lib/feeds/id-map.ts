import { AdapterError } from '../errors';
import type { Beginning } from '../state/tables/new-beginning';

/** What each new beginning adds to WAP's ids: 13 digits are left for them. */
export const beginningStep = 10_000_000_000_000;

/** WAP's ids as they are counted here. WAP's own, until its database is restored and reading begins anew: from there on with
 *  the number of the beginning before them, so that the same id of WAP never makes the same key a second time. */
export class IdMap {
  /** From which id of WAP on what is added, ascending. */
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

  /** WAP's ids are the ids here. */
  get isPlain(): boolean {
    return this.#beginnings.length === 0;
  }

  ours(wapId: number): number {
    return wapId + (this.#parts.findLast(({ from }) => from <= wapId)?.shift ?? 0);
  }

  /** An id that a person gives: WAP's, or one that was counted here. */
  given(id: number): number {
    return this.isPlain || id >= beginningStep ? id : this.ours(id);
  }

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

/** The ids that an id of WAP that was counted anew may have had before. */
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
