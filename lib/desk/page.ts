/** A part of a list, by key: the next part begins after `next`. */
export interface Page<Row> {
  rows: Row[];
  /** Where the next page begins, as the question takes it; `null` when there is nothing more. */
  next: string | null;
}

/** Rows that a page has at most. */
export const largestPage = 200;

/** A page of rows that were read with a limit one above `limit`. */
export function pageOf<Row>(rows: Row[], limit: number, keyOf: (row: Row) => string): Page<Row> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
}
