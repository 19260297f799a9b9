import type { Request } from 'express';
import { query } from '../routes';
import { badRequest } from './errors';

interface Listed<Item> {
  /** Everything there is: the same array as long as nothing changes, and a new one when something has. */
  all: readonly Item[];
  /** What a narrower list holds, such as those of one plan; its name goes into the key. */
  narrow?: { key: string; fits: (item: Item) => boolean };
  /** The texts that `filter` looks into. */
  texts: (item: Item) => Array<string | null | undefined>;
  /** Properties that can be sorted by. */
  sortable: ReadonlyArray<keyof Item & string>;
}

/** Lists of subscriptions and users: `skip`, `take`, `sortProperty`, `sortDirection`, `filter` (SDK, dn448827). The last
 *  filtered and sorted list is kept, so that a hundred pages of 100 000 sort once. */
export class Listing<Item extends object> {
  readonly #mostItems: number | undefined;
  /** `mostItems`: a page has no more, whatever `take` says, and its `filteredTotalCount` counts the page alone. */
  constructor(mostItems?: number) {
    this.#mostItems = mostItems;
  }

  #last: { all: readonly Item[]; key: string; items: readonly Item[] } | null = null;

  page(req: Request, listed: Listed<Item>, view: (item: Item) => unknown) {
    const items = this.#fitting(req, listed);
    const skip = count(req, 'skip', 0);
    const take = Math.min(count(req, 'take', items.length), this.#mostItems ?? items.length);
    const page = items.slice(skip, skip + take);
    const filteredTotalCount = this.#mostItems === undefined ? items.length : page.length;
    return { items: page.map(view), filteredTotalCount, totalCount: listed.all.length };
  }

  #fitting(req: Request, { all, narrow, texts, sortable }: Listed<Item>): readonly Item[] {
    const filter = (query(req, 'filter') ?? '').toLowerCase();
    const sort = sortOf(req, sortable);
    const key = JSON.stringify([narrow?.key, filter, sort]);
    if (this.#last?.all === all && this.#last.key === key) return this.#last.items;
    let items = all;
    if (narrow) items = items.filter(narrow.fits);
    if (filter !== '') items = items.filter(item => texts(item).some(text => text?.toLowerCase().includes(filter)));
    if (sort) items = [...items].sort((one, other) => sort.sign * compare(one[sort.property], other[sort.property]));
    this.#last = { all, key, items };
    return items;
  }
}

function sortOf<Name extends string>(req: Request, sortable: readonly Name[]): { property: Name; sign: 1 | -1 } | null {
  const name = query(req, 'sortProperty');
  const direction = query(req, 'sortDirection') ?? 'Ascending';
  if (!/^(asc|desc)(ending)?$/i.test(direction)) {
    throw badRequest('sortDirection must be Ascending or Descending.', 'sortDirection');
  }
  if (name === undefined || name === '') return null;
  const property = sortable.find(known => known.toLowerCase() === name.toLowerCase());
  if (!property) throw badRequest(`sortProperty must be one of ${sortable.join(', ')}.`, 'sortProperty');
  return { property, sign: /^a/i.test(direction) ? 1 : -1 };
}

function compare(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [left, right] = [String(one ?? ''), String(other ?? '')];
  return left < right ? -1 : left > right ? 1 : 0;
}

function count(req: Request, name: string, fallback: number): number {
  const text = query(req, name);
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`${name} must be a whole number.`, name);
  return Number(text);
}
