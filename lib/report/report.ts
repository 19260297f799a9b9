import type { CsvRow } from '../desk/csv';

/** What was asked for, as rows of one kind. Times are ISO 8601 texts; what does not apply is null. */
export interface Report {
  columns: readonly string[];
  rows: CsvRow[];
  /** False: there is more than was asked for. */
  isWhole: boolean;
}

/** The first `limit` rows of parts, and whether these are all. */
export async function gathered(
  columns: readonly string[],
  parts: AsyncIterable<readonly CsvRow[]>,
  limit: number,
): Promise<Report> {
  const rows: CsvRow[] = [];
  for await (const part of parts) {
    rows.push(...part);
    if (rows.length > limit) return { columns, rows: rows.slice(0, limit), isWhole: false };
  }
  return { columns, rows, isWhole: true };
}

export const timeText = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
