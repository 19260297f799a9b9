import { type Statement, statement, type Tx } from '../port';

/** Something still to be added to the totals: a JSON text, and its number. */
export interface Pending {
  number: number;
  body: string;
}

/** A list of what is to be added, in order of arrival. */
export interface PendingList {
  add(tx: Tx, body: string): Promise<void>;
  /** The first one after a number; null when there is none. */
  next(tx: Tx, after: number): Promise<Pending | null>;
  /** From the first and the last number, which is exact while only `drop` deletes: nothing is counted row by row. */
  count(tx: Tx): Promise<number>;
  /** Deletes those up to a number. */
  drop(tx: Tx, last: number): Promise<void>;
}

/** What single settlements add. */
export const totalParts = pendingList({
  add: statement(`
    INSERT INTO usage_total_part (part, body)
    SELECT COALESCE(MAX(part), 0) + 1, :body FROM usage_total_part WHERE 1 = 1`),
  next: statement('SELECT part AS number, body FROM usage_total_part WHERE part > :after ORDER BY part LIMIT 1'),
  ends: statement(
    'SELECT (SELECT MIN(part) FROM usage_total_part) AS first, (SELECT MAX(part) FROM usage_total_part) AS last',
  ),
  drop: statement('DELETE FROM usage_total_part WHERE part <= :last'),
});

/** What many of them add together. */
export const totalHeaps = pendingList({
  add: statement(`
    INSERT INTO usage_total_heap (heap, body)
    SELECT COALESCE(MAX(heap), 0) + 1, :body FROM usage_total_heap WHERE 1 = 1`),
  next: statement('SELECT heap AS number, body FROM usage_total_heap WHERE heap > :after ORDER BY heap LIMIT 1'),
  ends: statement(
    'SELECT (SELECT MIN(heap) FROM usage_total_heap) AS first, (SELECT MAX(heap) FROM usage_total_heap) AS last',
  ),
  drop: statement('DELETE FROM usage_total_heap WHERE heap <= :last'),
});

interface Statements {
  add: Statement<never>;
  next: Statement<Pending>;
  ends: Statement<{ first: number | null; last: number | null }>;
  drop: Statement<never>;
}

/** Both lists work alike; each has a table of its own. */
function pendingList({ add, next, ends, drop }: Statements): PendingList {
  return {
    add: async (tx, body) => void (await tx.change(add, { body })),
    next: async (tx, after) => (await tx.rows(next, { after }))[0] ?? null,
    count: async tx => {
      const [row] = await tx.rows(ends);
      return row?.first == null || row.last == null ? 0 : row.last - row.first + 1;
    },
    drop: async (tx, last) => void (await tx.change(drop, { last })),
  };
}
