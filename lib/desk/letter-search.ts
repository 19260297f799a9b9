import type { Store } from '../state/port';
import {
  type LetterArm,
  type LetterOrder,
  type LetterPlace,
  letterStart,
  type ScannedLetter,
  scanLetters,
} from '../state/tables/letter-scan';
import type { LetterSearch } from './letter-arms';

/** Letters looked at in one piece. */
const fewest = 50;
const most = 1000;
/** A piece that takes longer is followed by a smaller one: how long one letter takes depends on what is asked of it. */
const longMs = 16;

/** A letter that fits, and where its arm stood before it. */
export interface FoundLetter extends ScannedLetter {
  arm: LetterArm;
  /** What was looked at right before it. */
  before: LetterPlace;
}

/** How far an arm was read; null: to its end. */
export type ArmPlace = LetterPlace | null;

/** Where a list goes on, by arm in the search's order. */
export type SearchPlace = ArmPlace[];

export interface SearchPart {
  letters: FoundLetter[];
  /** Where it goes on; null at the end. */
  next: SearchPlace | null;
}

/** One arm of a search, read a piece at a time. */
class Lane {
  readonly found: FoundLetter[] = [];
  isEnded: boolean;
  place: LetterPlace;
  #size: number;

  readonly #order: LetterOrder;

  constructor(
    readonly arm: LetterArm,
    start: ArmPlace,
    order: LetterOrder,
    /** So many are wanted. */
    limit: number,
  ) {
    this.#order = order;
    this.#size = Math.max(fewest, Math.min(limit, most));
    this.isEnded = start === null;
    this.place = start ?? letterStart[order];
  }

  /** Answers how many letters were looked at. */
  async read(store: Store, search: LetterSearch): Promise<number> {
    const limit = this.#size;
    const began = performance.now();
    const at = { behind: this.place, order: this.#order, limit };
    const rows = await store.transaction(tx => scanLetters(tx, this.arm, search.conditions, at), { relaxed: true });
    for (const row of rows) {
      if (row.fits) this.found.push({ ...row, arm: this.arm, before: this.place });
      this.place = { at: row.at, row: row.row };
    }
    this.isEnded = rows.length < limit;
    const took = performance.now() - began;
    if (took > longMs) this.#size = Math.max(fewest, Math.floor(limit / 2));
    else if (took < longMs / 3) this.#size = Math.min(most, 2 * limit);
    return rows.length;
  }
}

/** The next letters that fit, in the order of time over all arms. At most `mostRead` are looked at: fewer than `limit` letters
 *  with a place to go on mean that only those fit. */
export async function nextLetters(
  store: Store,
  search: LetterSearch,
  at: { behind: SearchPlace | null; order: LetterOrder; limit: number; mostRead: number },
): Promise<SearchPart> {
  const { order, limit } = at;
  const lanes = search.arms.map((arm, index) => {
    const start = at.behind ? (at.behind[index] ?? null) : letterStart[order];
    return new Lane(arm, start, order, limit);
  });
  const isBefore = (one: LetterPlace, other: LetterPlace) =>
    order === 'newest first' ? one.at > other.at : one.at < other.at;
  let left = at.mostRead;
  while (left > 0) {
    const open = lanes.filter(lane => !lane.isEnded && lane.found.length < limit);
    const [first, ...others] = open;
    if (!first || ready(lanes, isBefore).length >= limit) break;
    // The one that holds the others up.
    const lane = others.reduce((held, each) => (isBefore(each.place, held.place) ? each : held), first);
    left -= Math.max(1, await lane.read(store, search));
  }
  const letters = ready(lanes, isBefore).slice(0, limit);
  const taken = new Set(letters);
  const next = lanes.map(lane => placeBehind(lane, taken));
  return { letters, next: next.every(place => place === null) ? null : next };
}

/** Letters before which no other can still come, in order. */
function ready(lanes: readonly Lane[], isBefore: (one: LetterPlace, other: LetterPlace) => boolean): FoundLetter[] {
  const open = lanes.filter(({ isEnded }) => !isEnded);
  const found = lanes.flatMap(lane => lane.found);
  const sure = found.filter(letter => open.every(lane => lane.arm === letter.arm || !isBefore(lane.place, letter)));
  return sure.sort((one, other) => (isBefore(one, other) ? -1 : isBefore(other, one) ? 1 : 0));
}

/** Before what was not taken of an arm; what does not fit is not looked at again. */
function placeBehind(lane: Lane, taken: ReadonlySet<FoundLetter>): ArmPlace {
  const left = lane.found.find(letter => !taken.has(letter));
  if (left) return left.before;
  return lane.isEnded ? null : lane.place;
}

/** All letters that fit, arm by arm, until enough were looked at; answers whether that was all. */
export async function eachLetter(
  store: Store,
  search: LetterSearch,
  bounds: { most: number; mostRead: number },
  visit: (letter: FoundLetter) => void,
): Promise<boolean> {
  let [left, leftToRead] = [bounds.most, bounds.mostRead];
  for (const arm of search.arms) {
    const lane = new Lane(arm, letterStart['newest first'], 'newest first', fewest);
    while (!lane.isEnded) {
      if (left <= 0 || leftToRead <= 0) return false;
      leftToRead -= Math.max(1, await lane.read(store, search));
      for (const letter of lane.found.splice(0)) {
        visit(letter);
        left -= 1;
      }
    }
  }
  return true;
}
