import { foldId } from '../../ids';
import { statement, type Tx } from '../port';
import { foldText } from './mapping-entry';

/** A subscription's name and account in WAP, as far as events have told. */
export interface TenantName {
  /** Folded where it comes from the store; in an event as WAP spells it. */
  subscriptionId: string;
  name: string | null;
  /** `AccountAdminLiveEmailId`: who pays. */
  account: string | null;
}

/** What one event says of a subscription. `eventId` decides which of two events is the later one. */
export interface NamedByEvent extends TenantName {
  eventId: number;
  /** The event says that WAP has deleted the subscription. */
  isGone: boolean;
}

/** The later of two events wins, in whatever order they arrive; the other one fills what it leaves out. */
const put = statement(`
  INSERT INTO tenant_name (installation, subscription_id, name, account, search_text, event_id, gone_at)
  VALUES (:installation, :id, :name, :account, :searchText, :eventId, :goneAt)
  ON CONFLICT (installation, subscription_id) DO UPDATE SET name = excluded.name, account = excluded.account,
    search_text = excluded.search_text, event_id = excluded.event_id, gone_at = excluded.gone_at`);
const find = statement<{ name: string | null; account: string | null; event_id: number; gone_at: number | null }>(`
  SELECT name, account, event_id, gone_at FROM tenant_name
  WHERE installation = :installation AND subscription_id = :id`);
/** `ids`: a JSON list. */
const listOf = statement<{ subscription_id: string; name: string | null; account: string | null }>(`
  SELECT subscription_id, name, account FROM tenant_name
  WHERE installation = :installation AND subscription_id IN (SELECT value FROM json_each(:ids))`);
const listMapped = statement<{ subscription_id: string; name: string }>(`
  SELECT wap_key AS subscription_id, name FROM mapping
  WHERE installation = :installation AND kind = 'subscription' AND name <> ''
  AND target IN (SELECT DISTINCT target FROM mapping WHERE installation = :installation)
  AND wap_key IN (SELECT value FROM json_each(:ids))`);
const search = statement<{ subscription_id: string }>(`
  SELECT subscription_id FROM tenant_name WHERE search_text LIKE :pattern ESCAPE '!' LIMIT :limit`);
const searchMapped = statement<{ subscription_id: string }>(`
  SELECT DISTINCT wap_key AS subscription_id FROM mapping
  WHERE kind = 'subscription' AND search_text LIKE :pattern ESCAPE '!' LIMIT :limit`);
/** People look for subscriptions with something set aside by name, so these are kept. */
const prune = statement(`
  DELETE FROM tenant_name WHERE installation = :installation AND gone_at < :cutoff
  AND NOT EXISTS (SELECT 1 FROM usage_exception e WHERE e.letter = 'dead'
    AND e.subscription_id = tenant_name.subscription_id)`);

/** Merges what an event says with what is known. Once gone, a subscription stays gone. */
export async function putTenantName(tx: Tx, installation: string, named: NamedByEvent, now: number): Promise<void> {
  const id = foldId(named.subscriptionId);
  const [known] = await tx.rows(find, { installation, id });
  const isLater = !known || named.eventId >= known.event_id;
  const [later, earlier] = isLater ? [named, known] : [known, named];
  const name = later.name ?? earlier?.name ?? null;
  const account = later.account ?? earlier?.account ?? null;
  const goneAt = known?.gone_at ?? (named.isGone ? now : null);
  const searchText = foldText(`${id} ${name ?? ''} ${account ?? ''}`);
  const eventId = Math.max(named.eventId, known?.event_id ?? -1);
  await tx.change(put, { installation, id, name, account, searchText, eventId, goneAt });
}

/** What an event of the feed `subscriptions` says about its subscription, as WAP wrote it; null when it names none. */
export function nameInEvent(event: unknown): NamedByEvent | null {
  const { EventId, Method, Entity } = asFields(event);
  const { SubscriptionID, SubscriptionName, AccountAdminLiveEmailId } = asFields(Entity);
  if (typeof EventId !== 'number' || typeof SubscriptionID !== 'string' || SubscriptionID === '') return null;
  return {
    subscriptionId: SubscriptionID,
    name: textOr(SubscriptionName),
    account: textOr(AccountAdminLiveEmailId),
    eventId: EventId,
    isGone: typeof Method === 'string' && Method.toUpperCase() === 'DELETE',
  };
}

/** The fields of anything; none where it is no object. */
const asFields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
const textOr = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Names by folded id: from events, otherwise from the mapping. */
export async function tenantNames(
  tx: Tx,
  installation: string,
  ids: readonly string[],
): Promise<Map<string, TenantName>> {
  const found = new Map<string, TenantName>();
  const asked = { installation, ids: JSON.stringify(ids.map(foldId)) };
  for (const row of await tx.rows(listOf, asked)) {
    const { name, account } = row;
    found.set(row.subscription_id, { subscriptionId: row.subscription_id, name, account });
  }
  for (const { subscription_id: subscriptionId, name } of await tx.rows(listMapped, asked)) {
    const known = found.get(subscriptionId);
    if (!known?.name) found.set(subscriptionId, { subscriptionId, name, account: known?.account ?? null });
  }
  return found;
}

/** Folded ids of subscriptions whose name, account or id has the text; case and accents do not count. */
export async function tenantsNamed(tx: Tx, text: string, limit: number): Promise<string[]> {
  const pattern = `%${foldText(text).replace(/[!%_]/g, '!$&')}%`;
  const rows = [...(await tx.rows(search, { pattern, limit })), ...(await tx.rows(searchMapped, { pattern, limit }))];
  return [...new Set(rows.map(row => row.subscription_id))].slice(0, limit);
}

/** Deletes those that WAP deleted before a time, unless they have usage in the dead letters. */
export async function pruneTenantNames(tx: Tx, installation: string, cutoff: number): Promise<void> {
  await tx.change(prune, { installation, cutoff });
}
