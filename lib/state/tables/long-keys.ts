import { statement, type Tx } from '../port';

/** Up to which record usage may have been sent under unshortened keys by an older version. */
export interface LongKeys {
  /** Beginning of such keys. */
  prefix: string;
  upTo: number;
}

const select = statement<{ feed: string; up_to: number }>(
  'SELECT feed, up_to FROM usage_long_keys WHERE installation = :installation ORDER BY feed',
);

/** Which keys of an installation stay long; none where no older version has sent usage. */
export async function longKeysOf(tx: Tx, installation: string): Promise<LongKeys[]> {
  const rows = await tx.rows(select, { installation });
  return rows.map(({ feed, up_to: upTo }) => ({ prefix: `${installation}/${feed}/`, upTo }));
}
