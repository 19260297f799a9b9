/** A part of a list, by key: the next part begins after `next`. */
export interface Page<Row> {
  rows: Row[];
  /** Where the next page begins, as the question takes it; `null` when there is nothing more. */
  next: string | null;
}

/** A place in a list that is ordered by a time (ms UTC) and then by id, as `next` has it. */
export const placeText = (at: number, id: string): string => `${at}:${id}`;

/** The place in a text of `placeText`; null for nothing and for any other text, which begins the list. */
export function placeIn(text: string | undefined): { at: number; id: string } | null {
  const [, at, id] = /^(\d+):(.+)$/.exec(text ?? '') ?? [];
  return at === undefined || id === undefined ? null : { at: Number(at), id };
}

/** Rows that a page has at most. */
export const largestPage = 200;

/** A page of rows that were read with a limit one above `limit`. */
export function pageOf<Row>(rows: Row[], limit: number, keyOf: (row: Row) => string): Page<Row> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
}
