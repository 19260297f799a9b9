/** The rows of a table, as a node saves them: JSON text, or the list of an older version. What is none has no rows. */
export function rowsIn(saved: unknown): Array<Record<string, string>> {
  try {
    const rows: unknown = typeof saved === 'string' ? JSON.parse(saved || '[]') : saved;
    return Array.isArray(rows) ? rows : [];
  } catch {
    return [];
  }
}
