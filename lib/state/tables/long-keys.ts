import { statement, type Tx } from '../port';

/** Up to which record the keys of usage may have been sent as long as they were made: those of an older version. */
export interface LongKeys {
  /** Beginning of such keys. */
  prefix: string;
  upTo: number;
}

const select = statement<{ feed: string; up_to: number }>(
  'SELECT feed, up_to FROM usage_long_keys WHERE installation = :installation ORDER BY feed',
);

export async function longKeysOf(tx: Tx, installation: string): Promise<LongKeys[]> {
  const rows = await tx.rows(select, { installation });
  return rows.map(({ feed, up_to: upTo }) => ({ prefix: `${installation}/${feed}/`, upTo }));
}
