import { AdapterError } from '../errors';
import type { Store, Tx } from '../state/port';
import { type LetterKind, newestLetterAt } from '../state/tables/letter-count';
import { findLetter, type LetterKey, lettersIn, type StoredLetter } from '../state/tables/letter-details';
import { letterReaders } from '../state/tables/letter-readers';
import type { LetterArm, LetterSource } from '../state/tables/letter-scan';
import { quarantinedFirst } from '../state/tables/quarantine';
import { type TenantName, tenantNames } from '../state/tables/tenant-name';
import { type Letter, lettersOf } from './letter';
import { mostTenants, searchOf, tenantsOf } from './letter-arms';
import type { LetterFilter } from './letter-filter';
import { letterTotalOf } from './letter-groups';
import { type FoundLetter, nextLetters, type SearchPlace } from './letter-search';
import type { Page } from './page';

export type { TenantName } from '../state/tables/tenant-name';

/** Fewer letters than asked for, but a place to go on: of those that were looked at only these fit. */
export interface LetterPage extends Page<Letter> {
  /** Back to when letters were looked at, ms UTC; null: to the end. */
  lookedBackTo: number | null;
  /** More tenants have the text of the filter in their name than were looked at. */
  tenantsCut: boolean;
}

/** Letters looked at for one page: a filter that fits few must not hold the store up. */
const mostRead = 20_000;

/** What billing refused for good and what waits, newest first. `after`: the `next` of the page before with the same filter.
 *  At most 200 at once. */
export async function letters(
  store: Store,
  { filter, after, limit }: { filter: LetterFilter; after: string | null; limit: number },
): Promise<LetterPage> {
  const search = await store.transaction(tx => searchOf(tx, filter), { relaxed: true });
  const behind = after === null ? null : readPlace(after, search.arms.length);
  const at = { behind, order: 'newest first', limit: Math.min(200, Math.max(1, limit)), mostRead } as const;
  const found = await nextLetters(store, search, at);
  const page = await store.transaction(tx => readFound(tx, found.letters), { relaxed: true });
  const places = found.next?.flatMap(place => (place ? [place.at] : [])) ?? [];
  return {
    rows: page,
    next: found.next && JSON.stringify(found.next.map(place => place && [place.at, place.row])),
    lookedBackTo: found.next ? Math.max(...places) : null,
    tenantsCut: search.tenantsCut,
  };
}

/** @throws INPUT_INVALID for a place that this search does not have, for instance because a tenant's name now finds others */
function readPlace(text: string, arms: number): SearchPlace {
  const places = placesIn(text);
  if (places?.length === arms) return places;
  const sentence = 'after: this is no place in the list of this filter. Begin with the first page.';
  throw AdapterError.advising('INPUT_INVALID', sentence, { subject: 'after' });
}

/** The places in a text; null when it holds none. */
function placesIn(text: string): SearchPlace | null {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return null;
    return list.map((place: unknown) => {
      if (place === null) return null;
      const [at, row]: unknown[] = Array.isArray(place) ? place : [];
      if (typeof at !== 'number' || typeof row !== 'number') throw new Error('no place');
      return { at, row };
    });
  } catch {
    return null;
  }
}

/** In the order found; what was settled meanwhile is left out. */
async function readFound(tx: Tx, found: readonly FoundLetter[]): Promise<Letter[]> {
  return lettersOf(tx, await storedOf(tx, found), await letterReaders(tx));
}

/** Letters with all that is stored of them, in the order found; those that are letters no more are left out. */
export async function storedOf(tx: Tx, found: readonly FoundLetter[]): Promise<StoredLetter[]> {
  const sources: LetterSource[] = ['usage', 'events', 'quarantine'];
  const stored = new Map<LetterArm['source'], Map<number, StoredLetter>>();
  for (const source of sources) {
    const rows = found.filter(({ arm }) => arm.source === source).map(({ row }) => row);
    stored.set(source, await lettersIn(tx, source, rows));
  }
  return found.flatMap(({ arm, row }) => stored.get(arm.source)?.get(row) ?? []);
}

/** Those that are still dead letters. */
export async function storedLetters(tx: Tx, keys: readonly LetterKey[]): Promise<StoredLetter[]> {
  const stored: StoredLetter[] = [];
  for (const key of keys) {
    const letter = await findLetter(tx, key);
    if (letter) stored.push(letter);
  }
  return stored;
}

export interface LetterRecord {
  letter: Letter;
  /** JSON as WAP sent it, with line breaks. */
  body: string;
  /** In quarantine: what came first under the id, and counts. */
  first: string | null;
}

/** One letter with the record or event as WAP sent it; null when it has been settled since. */
export async function letterRecord(store: Store, key: LetterKey): Promise<LetterRecord | null> {
  return store.transaction(
    async tx => {
      const stored = await findLetter(tx, key);
      if (!stored) return null;
      const [letter] = await lettersOf(tx, [stored], await letterReaders(tx));
      if (!letter) return null;
      const { installation, feed, eventId } = letter;
      const first = key.source === 'quarantine' ? await quarantinedFirst(tx, { installation, feed, eventId }) : null;
      return { letter, body: pretty(stored.body), first: first === null ? null : pretty(first) };
    },
    { relaxed: true },
  );
}

/** JSON for people; a body that is no longer kept reads `null`. */
const pretty = (body: string | null): string => JSON.stringify(JSON.parse(body ?? 'null'), null, 2);

/** Tenants whose name, account or id has the text, as suggestions. */
export async function letterTenants(store: Store, text: string): Promise<TenantName[]> {
  return store.transaction(
    async tx => {
      const ids = (await tenantsOf(tx, text)).slice(0, mostTenants);
      const { streams, events } = await letterReaders(tx);
      const names = new Map<string, TenantName>();
      for (const installation of new Set([...streams, ...events].map(each => each.installation)))
        for (const [id, name] of await tenantNames(tx, installation, ids)) names.set(id, name);
      return ids.map(id => names.get(id) ?? { subscriptionId: id, name: null, account: null });
    },
    { relaxed: true },
  );
}

/** How many there are of each kind, and who reads what. */
export interface LetterPlaces {
  totals: Record<LetterKind, number>;
  /** When the last one was set aside, ms UTC: with the totals it says whether there is anything new to see. */
  newestAt: number | null;
  readers: Array<{ installation: string; consumer: string }>;
}

/** The numbers of letters, and the readers to choose from. Costs little, so that a page can ask again and again. */
export async function letterPlaces(store: Store): Promise<LetterPlaces> {
  const found = await letterTotalOf(store);
  const { streams, events } = await store.transaction(tx => letterReaders(tx), { relaxed: true });
  const newestAt = await store.transaction(tx => newestLetterAt(tx), { relaxed: true });
  const readers = new Map<string, { installation: string; consumer: string }>();
  for (const { installation, consumer } of [...streams, ...events])
    readers.set(JSON.stringify([installation, consumer]), { installation, consumer });
  const totalOf = (kind: LetterKind) => found.get(kind) ?? 0;
  return {
    totals: {
      dead: totalOf('dead'),
      waiting: totalOf('waiting'),
      parked: totalOf('parked'),
      quarantine: totalOf('quarantine'),
    },
    newestAt,
    readers: [...readers.values()],
  };
}

/** Letters in a file at most: the newest. */
const mostInFile = 100_000;

/** Lines for a spreadsheet, one for each that was measured. */
export async function* letterLines(store: Store, filter: LetterFilter): AsyncIterable<LetterLine[]> {
  let left = mostInFile;
  for (let after: string | null = null; left > 0; ) {
    const { rows, next }: LetterPage = await letters(store, { filter, after, limit: Math.min(200, left) });
    left -= rows.length;
    yield rows.flatMap(linesOf);
    if (next === null) return;
    after = next;
  }
}

/** Columns of the file; the times in it are ISO 8601. */
export const letterColumns = [
  ...([
    'since',
    'kind',
    'feed',
    'eventId',
    'installation',
    'reader',
    'replay',
    'subscriptionId',
    'subscription',
  ] as const),
  ...(['account', 'about', 'meter', 'quantity', 'startTime', 'endTime', 'tries', 'reason'] as const),
];
export type LetterLine = Record<(typeof letterColumns)[number], string | number | null>;

/** A letter has a line for each thing that was measured, or one line without. */
function linesOf(letter: Letter): LetterLine[] {
  const { kind, feed, eventId, installation, reader, replay, tenant, subject, startTime, endTime, tries } = letter;
  const measured = letter.quantities.length > 0 ? letter.quantities : [{ meter: null, quantity: null }];
  return measured.map(({ meter, quantity }) => ({
    since: new Date(letter.since).toISOString(),
    ...{ kind, feed, eventId, installation, reader, replay },
    subscriptionId: tenant?.subscriptionId ?? null,
    subscription: tenant?.name ?? null,
    account: tenant?.account ?? null,
    about: subject && `${subject.type} ${subject.id}`,
    ...{ meter, quantity, startTime, endTime, tries },
    reason: letter.reason,
  }));
}
