import type { Tx } from '../../state/port';
import type { MappingScope } from '../../state/tables/mapping-entry';
import { addSeen, pruneSeen, seenOf } from '../../state/tables/meter-seen';
import { dropSeriesUnder, ensureSeries, seriesUnder } from '../../state/tables/meter-series';
import { concludeSent, findSent, pruneSent } from '../../state/tables/usage-sent';
import type { Quantity } from '../quantity';
import { seriesOf } from './place';

/** How long totals are kept, and marks as long, so that nothing is counted twice while its total is there. */
export const keepMs = 400 * 86_400_000;
/** Rows of marks forgotten in one transaction. */
const prunedAtOnce = 64;

/** Where quantities are marked as counted. */
export interface Book {
  /** Empty, or the replay that counts from nothing. */
  name: string;
  /** The time zone by which what is marked now is counted. */
  zone: string;
}

/** Marks quantities as counted for a billing system. Answers, each once, those that had no mark in any time zone. Marks and count
 *  belong into one transaction, or a crash between them loses or doubles what is counted. */
export async function markCounted(
  tx: Tx,
  scope: MappingScope,
  book: Book,
  quantities: readonly Quantity[],
  now: number,
): Promise<Quantity[]> {
  const fresh: Quantity[] = [];
  const series = new Map<string, Quantity[]>();
  for (const quantity of quantities) {
    const name = seriesOf(quantity, scope.installation);
    if (name === null) {
      if (await isNew(tx, keysOf(scope), quantity.key, now)) fresh.push(quantity);
      continue;
    }
    const others = series.get(name);
    if (others) others.push(quantity);
    else series.set(name, [quantity]);
  }
  const marks = new Marks(tx, scope, book.name);
  for (const [name, of] of series) {
    const ids = of.map(({ recordId }) => recordId);
    const counted = await marks.add(name, book.zone, ids, now);
    for (const quantity of of) if (counted.delete(quantity.recordId)) fresh.push(quantity);
  }
  return fresh;
}

/** The marks of one book. */
export class Marks {
  #known: ReadonlyMap<string, number> | undefined;

  readonly #tx: Tx;
  readonly #scope: MappingScope;
  readonly #book: string;

  constructor(tx: Tx, scope: MappingScope, book: string) {
    this.#tx = tx;
    this.#scope = scope;
    this.#book = book;
  }

  /** Whether a quantity was counted in the book by this time zone. */
  async has(zone: string, quantity: Quantity): Promise<boolean> {
    const name = seriesOf(quantity, this.#scope.installation);
    const series = (await this.#series()).get(`${zone}\n${name}`);
    return series !== undefined && (await seenOf(this.#tx, series, [quantity.recordId])).size > 0;
  }

  /** Marks the ids that have no mark in any time zone, and answers those: the zone may have been changed between two sends. */
  async add(name: string, zone: string, ids: readonly number[], now: number): Promise<Set<number>> {
    const known = await this.#series();
    let fresh = ids;
    for (const [each, series] of known) {
      const [other = ''] = each.split('\n', 1);
      if (other === zone || each !== `${other}\n${name}`) continue;
      const seen = await seenOf(this.#tx, series, fresh);
      fresh = fresh.filter(id => !seen.has(id));
    }
    const line = `${lineOf(this.#scope, this.#book)}\n${zone}\n${name}`;
    const series = known.get(`${zone}\n${name}`) ?? (await ensureSeries(this.#tx, this.#scope.installation, line));
    return addSeen(this.#tx, series, fresh, now);
  }

  /** Forgets some of the marks whose totals are gone. */
  async prune(now: number): Promise<void> {
    for (const series of (await this.#series()).values()) await pruneSeen(this.#tx, series, now - keepMs, prunedAtOnce);
  }

  /** The series of this book, by time zone and name, as they were when it was first asked for. */
  async #series(): Promise<ReadonlyMap<string, number>> {
    this.#known ??= await seriesUnder(this.#tx, this.#scope.installation, lineOf(this.#scope, this.#book));
    return this.#known;
  }
}

/** For a key that no meter made: it is kept whole, because it has no number to mark. */
async function isNew(tx: Tx, target: string, key: string, now: number): Promise<boolean> {
  if (await findSent(tx, target, key)) return false;
  await concludeSent(tx, target, key, now);
  return true;
}

/** Forgets some of the marks whose totals are gone: in parts, because each part holds up the transaction. */
export async function pruneMarks(tx: Tx, scope: MappingScope, books: readonly string[], now: number): Promise<void> {
  for (const book of books) await new Marks(tx, scope, book).prune(now);
  await pruneSent(tx, keysOf(scope), now - keepMs, prunedAtOnce);
}

/** Forgets what was counted in the book of a replay. */
export async function dropMarks(tx: Tx, scope: MappingScope, book: string): Promise<void> {
  await dropSeriesUnder(tx, scope.installation, lineOf(scope, book));
}

/** How the names of a book's series begin. */
const lineOf = ({ target }: MappingScope, book: string): string => `totals/${target}\n${book}`;

/** Under what the keys are kept that no meter made. */
const keysOf = ({ installation, target }: MappingScope): string => `totals/${installation}/${target}`;
