import { yieldToLoop } from '../../async/event-loop';
import { type Store, statement, type Tx } from '../port';
import { columns, type MappingMatch, type MappingRow, toEntry } from './mapping';
import { foldText, kindOf, type MappingEntry, type MappingScope } from './mapping-entry';

/** The entry after which a list continues. */
export interface EntryKey {
  kind: string;
  wapId: string;
}

/** Entries searched for a text in one transaction. */
const together = 2000;

const scoped = 'installation = :installation AND target = :target';
const inOrder = 'ORDER BY kind, wap_id';

/** One kind is also found by the key; a list of one kind must not read the others. */
const scan = (from: string) => {
  const where = `${scoped} AND ${from}`;
  return {
    page: statement<MappingRow>(`SELECT ${columns} FROM mapping WHERE ${where} ${inOrder} LIMIT :limit`),
    matching: statement<MappingRow>(`
      SELECT ${columns} FROM (SELECT * FROM mapping WHERE ${where} ${inOrder} LIMIT ${together})
      WHERE search_text LIKE :pattern ESCAPE '!' ${inOrder} LIMIT :limit`),
    end: statement<{ kind: string; wap_id: string }>(
      `SELECT kind, wap_id FROM mapping WHERE ${where} ${inOrder} LIMIT 1 OFFSET ${together - 1}`,
    ),
  };
};
const ofAll = scan('(kind, wap_id) > (:kind, :wapId)');
const ofKind = scan('kind = :kind AND wap_id > :wapId');

const counts = statement<{ installation: string; target: string; entries: number }>(
  'SELECT installation, target, COUNT(*) AS entries FROM mapping GROUP BY installation, target',
);

/** Pairs of installation and target that have entries, with how many. */
export function countScopes(tx: Tx): Promise<Array<MappingScope & { entries: number }>> {
  return tx.rows(counts);
}

/** The next matching entries, ordered by kind and WAP id. A text is searched for piece by piece, so that a rare one holds
 *  nothing up. */
export async function scanEntries(
  store: Store,
  { installation, target }: MappingScope,
  { kind, text }: MappingMatch,
  after: EntryKey | null,
  limit: number,
): Promise<MappingEntry[]> {
  const { page, matching, end } = kind === undefined ? ofAll : ofKind;
  let from: EntryKey = { kind: kind === undefined ? (after?.kind ?? '') : kindOf(kind), wapId: after?.wapId ?? '' };
  if (!text) {
    const rows = await store.transaction(tx => tx.rows(page, { installation, target, ...from, limit }));
    return rows.map(toEntry);
  }
  const pattern = `%${foldText(text).replace(/[!%_]/g, '!$&')}%`;
  const found: MappingEntry[] = [];
  for (;;) {
    const at = { installation, target, ...from };
    const [rows, [last]] = await store.transaction(async tx => [
      await tx.rows(matching, { ...at, pattern, limit: limit - found.length }),
      await tx.rows(end, at),
    ]);
    found.push(...rows.map(toEntry));
    if (found.length === limit || last === undefined) return found;
    from = { kind: last.kind, wapId: last.wap_id };
    await yieldToLoop();
  }
}
