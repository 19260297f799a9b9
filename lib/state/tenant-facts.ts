import { statement, type Tx } from './port';

const find = statement<{ body: string }>(
  'SELECT body FROM tenant_facts WHERE installation = :installation AND subscription_id = :id',
);
const put = statement(`
  INSERT INTO tenant_facts (installation, subscription_id, body, updated_at)
  VALUES (:installation, :id, :body, :now)
  ON CONFLICT (installation, subscription_id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at`);

/** What the events said about one subscription, as JSON text; null when none has come. */
export async function findFacts(tx: Tx, installation: string, id: string): Promise<string | null> {
  return (await tx.rows(find, { installation, id }))[0]?.body ?? null;
}

export async function putFacts(tx: Tx, installation: string, id: string, body: string, now: number): Promise<void> {
  await tx.change(put, { installation, id, body, now });
}
