import { foldId } from '../../ids';
import { statement, type Tx } from '../port';

const find = statement<{ body: string }>(
  'SELECT body FROM tenant_facts WHERE installation = :installation AND subscription_id = :id',
);
const put = statement(`
  INSERT INTO tenant_facts (installation, subscription_id, body, updated_at, gone_at)
  VALUES (:installation, :id, :body, :now, :goneAt)
  ON CONFLICT (installation, subscription_id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at,
    gone_at = excluded.gone_at`);
/** An older event that is still open, or may be sent again by hand, must learn that the subscription is deleted. */
const prune = statement(`
  DELETE FROM tenant_facts WHERE installation = :installation AND gone_at < :cutoff
  AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.installation = tenant_facts.installation AND d.status <> 'settled'
    AND d.entity_key = 'subscription/' || tenant_facts.subscription_id)
  AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.installation = tenant_facts.installation AND d.outcome = 'dead'
    AND d.entity_key = 'subscription/' || tenant_facts.subscription_id)`);

/** What events have said about one subscription, as JSON text; null before any. */
export async function findFacts(tx: Tx, installation: string, id: string): Promise<string | null> {
  return (await tx.rows(find, { installation, id: foldId(id) }))[0]?.body ?? null;
}

/** `isGone`: WAP has deleted the subscription. */
export async function putFacts(
  tx: Tx,
  installation: string,
  id: string,
  { body, isGone, now }: { body: string; isGone: boolean; now: number },
): Promise<void> {
  await tx.change(put, { installation, id: foldId(id), body, now, goneAt: isGone ? now : null });
}

/** Deletes subscriptions that were deleted in WAP before `cutoff` and have neither open events nor dead letters. */
export async function pruneFacts(tx: Tx, installation: string, cutoff: number): Promise<void> {
  await tx.change(prune, { installation, cutoff });
}
