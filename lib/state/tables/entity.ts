import { statement, type Tx } from '../port';

const add = statement(`
  INSERT INTO entity (installation, entity_key, seen_at) VALUES (:installation, :entityKey, :now)
  ON CONFLICT (installation, entity_key) DO NOTHING`);
const find = statement<{ seen_at: number }>(
  'SELECT seen_at FROM entity WHERE installation = :installation AND entity_key = :entityKey',
);

/** Notes that WAP has, or had, this plan, add-on or subscription, so that events that refer to it need not wait. */
export async function addEntity(tx: Tx, installation: string, entityKey: string, now: number): Promise<void> {
  await tx.change(add, { installation, entityKey, now });
}

/** Whether WAP is known to have, or have had, this. False says nothing of WAP: it may merely not have been seen yet. */
export async function entityKnown(tx: Tx, installation: string, entityKey: string): Promise<boolean> {
  return (await tx.rows(find, { installation, entityKey })).length > 0;
}
