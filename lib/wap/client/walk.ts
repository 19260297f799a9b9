import { AdapterError } from '../../errors';
import type { Paged } from '../types';

/** A list that is read in pages by how many items to skip. */
export interface WalkedList<T> {
  /** For messages, e.g. `subscriptions`. */
  what: string;
  read(skip: number): Promise<Paged<T>>;
  keyOf(item: T): string;
  /** How many items were asked for; any page may have fewer. */
  pageSize: number;
  /** Whether `filteredTotalCount` counts what this list holds. */
  isCounted(page: Paged<T>): boolean;
}

/** How many steps back a page may need after many deletions. */
const mostSteps = 1_000;

/** Walks over a list in pages; each item comes exactly once, and no page is empty. Each page starts with the last item of the
 *  page before: if it does not, a deletion has shifted the list, and earlier items are looked at again. The list ends at an
 *  empty page, never because a page was short or a count says so: servers truncate pages, and counts with them. Pages of one
 *  item cannot overlap, so the walk is then repeated until it finds nothing new.
 *  @throws WAP_BAD_RESPONSE when the list ends before its own count, or changes faster than it can be read */
export async function* walk<T>(list: WalkedList<T>): AsyncGenerator<T[], void, undefined> {
  const seen = new Set<string>();
  for (let isSure = false; !isSure; ) {
    isSure = true;
    const place = new Place(list);
    for (let isOver = false; !isOver; ) {
      const page = await list.read(place.skip);
      if (place.isMoved(page.items)) continue;
      const fresh = added(seen, page.items, list.keyOf);
      if (fresh.length > 0) yield fresh;
      if (place.isProbe && fresh.length > 0) isSure = false;
      isOver = place.isOver(page) || (place.isRepeated && (await ignoresSkip(list)));
    }
  }
}

/** No list is this long: a server that still answers with items ignores `skip`. */
const beyond = 999_999_999;

/** Whether the server gives the first page whatever is asked for: then the list has one page. */
async function ignoresSkip<T>(list: WalkedList<T>): Promise<boolean> {
  return (await list.read(beyond)).items.length > 0;
}

/** Items that are not known yet; they are from now on. */
function added<T>(known: Set<string>, items: T[], keyOf: (item: T) => string): T[] {
  const fresh = items.filter(item => !known.has(keyOf(item)));
  for (const item of fresh) known.add(keyOf(item));
  return fresh;
}

/** Where the walk is. */
class Place<T> {
  readonly #list: WalkedList<T>;
  skip = 0;
  readonly #passed = new Set<string>();
  /** The last item of the page before, expected at `skip`. */
  #overlaps = false;
  /** The furthest position reached. */
  #reach = 0;
  #steps = 0;
  /** The last page was beyond all earlier ones, and held only known items. */
  isRepeated = false;

  constructor(list: WalkedList<T>) {
    this.#list = list;
  }

  /** Whether this page looks beyond what seemed to be the last one. */
  get isProbe(): boolean {
    return this.skip > 0 && !this.#overlaps;
  }

  /** Goes back when the page does not begin where the one before ended. */
  isMoved([first]: T[]): boolean {
    const { what, keyOf, pageSize } = this.#list;
    const isMoved = this.#overlaps && (first === undefined || !this.#passed.has(keyOf(first)));
    this.#steps = isMoved ? this.#steps + 1 : 0;
    if (this.#steps > mostSteps) {
      throw broken(what, `The list of ${what} changed faster than it could be read. Try again later.`);
    }
    if (isMoved) {
      this.skip = Math.max(0, this.skip - Math.max(1, pageSize - 1));
      this.#overlaps = this.skip > 0;
    }
    return isMoved;
  }

  /** Whether the page was the last one; otherwise `skip` is where the next one begins. */
  isOver(page: Paged<T>): boolean {
    const { length } = page.items;
    const fresh = added(this.#passed, page.items, this.#list.keyOf).length;
    const next = this.skip + length;
    this.isRepeated = length > 0 && fresh === 0 && next > this.#reach;
    const isCounted = this.#list.isCounted(page);
    const isLast = this.#overlaps && length === 1 && isCounted && page.filteredTotalCount === next;
    if (length === 0 || isLast) {
      const total = isCounted ? (page.filteredTotalCount ?? 0) : 0;
      if (total > next) throw cutShort(this.#list.what, next, total);
      return true;
    }
    this.#reach = Math.max(this.#reach, next);
    this.#overlaps = length > 1;
    this.skip = this.#overlaps ? next - 1 : next;
    return false;
  }
}

/** WAP_BAD_RESPONSE: what is missing must not be taken for gone. */
function cutShort(what: string, read: number, total: number): AdapterError {
  return broken(
    what,
    `WAP counts ${total} ${what}, but its list ends after ${read}: what it left out is not taken for gone.`,
  );
}

function broken(subject: string, message: string): AdapterError {
  return new AdapterError('WAP_BAD_RESPONSE', message, { subject, retryable: true });
}
