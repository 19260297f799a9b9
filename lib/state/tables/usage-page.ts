import { statement, type Tx } from '../port';

/** A page of usage records as fetched, identified by its lowest id. */
export interface UsagePage {
  firstId: number;
  lastId: number;
  /** Records in it. */
  total: number;
  /** How many of them, from the lowest id, were emitted at least once. */
  position: number;
  /** Differences between consecutive ids, from `firstId` on; empty when there is no gap. */
  ids: string;
}

interface Row {
  first_id: number;
  last_id: number;
  total: number;
  position: number;
  ids: string;
}

const columns = 'first_id, last_id, total, position, ids';

const add = statement(`
  INSERT INTO usage_page (stream, first_id, last_id, total, position, open_id, open_before, ids, packed, body, fetched_at)
  VALUES (:stream, :firstId, :lastId, :total, 0, :firstId, :before, :ids, :packed, :body, :now)`);
const one = 'stream = :stream AND first_id = :firstId';
const find = statement<Row>(`SELECT ${columns} FROM usage_page WHERE ${one}`);
const readBody = statement<Row & { packed: number; body: string }>(
  `SELECT ${columns}, packed, body FROM usage_page WHERE ${one}`,
);
/** `open_id` and `open_before` are kept beside the body, so that the cursor *delivered* is found without unpacking a page. */
const firstOpen = statement<Row & { open_id: number; open_before: number }>(`
  SELECT ${columns}, open_id, open_before FROM usage_page
  WHERE stream = :stream AND position < total ORDER BY first_id LIMIT 1`);
const moveOn = statement(`
  UPDATE usage_page SET position = :position, open_id = :openId, open_before = :openBefore WHERE ${one}`);
const overlapping = statement<Row>(`
  SELECT ${columns} FROM usage_page WHERE stream = :stream AND first_id <= :to AND last_id >= :from ORDER BY first_id`);
const highestBelow = statement<{ id: number | null }>(
  'SELECT MAX(last_id) AS id FROM usage_page WHERE stream = :stream AND last_id < :id',
);
const countUnsettled = statement<{ total: number | null; oldest: number | null }>(`
  SELECT SUM(total) AS total, MIN(fetched_at) AS oldest FROM usage_page WHERE stream = :stream AND settled_at IS NULL`);
/** From the pages' own counts, because there are too many records to count. */
const countNotEmitted = statement<{ total: number | null }>(
  'SELECT SUM(total - position) AS total FROM usage_page WHERE stream = :stream AND position < total',
);
/** Conditional on its batches, so that settling the last two at once cannot leave the page open. */
const settle = statement(`
  UPDATE usage_page SET settled_at = :now WHERE ${one} AND position = total AND settled_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM usage_slice s WHERE s.stream = usage_page.stream AND s.page = usage_page.first_id
    AND s.status <> 'settled')`);
const listSettled = statement<{ first_id: number; last_id: number; total: number; settled_at: number }>(`
  SELECT first_id, last_id, total, settled_at FROM usage_page
  WHERE stream = :stream AND settled_at IS NOT NULL AND last_id <= :upTo ORDER BY first_id DESC`);
const drop = statement(`DELETE FROM usage_page WHERE ${one} AND settled_at IS NOT NULL`);

/** `before` is the stored id below the page's first, -1 for none. `packed`: the body is compressed. */
export async function addPage(
  tx: Tx,
  stream: number,
  page: Omit<UsagePage, 'position'> & { before: number; packed: boolean; body: string; now: number },
): Promise<void> {
  await tx.change(add, { stream, ...page, packed: page.packed ? 1 : 0 });
}

/** A page by its lowest id, without its body; null when it is not stored. */
export async function findPage(tx: Tx, stream: number, firstId: number): Promise<UsagePage | null> {
  return (await tx.rows(find, { stream, firstId })).map(toPage)[0] ?? null;
}

/** A page with its records: a JSON text, or compressed (`packed`). */
export interface StoredPage extends UsagePage {
  packed: boolean;
  body: string;
}

/** A page with its body; null when it is not stored (any more). */
export async function pageBody(tx: Tx, stream: number, firstId: number): Promise<StoredPage | null> {
  const row = (await tx.rows(readBody, { stream, firstId }))[0];
  return row ? { ...toPage(row), packed: row.packed > 0, body: row.body } : null;
}

/** A page not yet emitted completely: the next id, and the stored one before it. */
export interface OpenPage extends UsagePage {
  openId: number;
  before: number;
}

/** The lowest of those. */
export async function nextPage(tx: Tx, stream: number): Promise<OpenPage | null> {
  const row = (await tx.rows(firstOpen, { stream }))[0];
  return row ? { ...toPage(row), openId: row.open_id, before: row.open_before } : null;
}

/** Notes how far a page has been emitted: its position, the next id, and the stored id below that. */
export async function movePage(
  tx: Tx,
  stream: number,
  to: { firstId: number; position: number; openId: number; openBefore: number },
): Promise<void> {
  await tx.change(moveOn, { stream, ...to });
}

/** Pages that overlap ids `from` to `to`, both included, lowest first. */
export async function pagesBetween(tx: Tx, stream: number, from: number, to: number): Promise<UsagePage[]> {
  return (await tx.rows(overlapping, { stream, from, to })).map(toPage);
}

/** The last id of the page below an id, -1 when there is none. */
export async function lastIdBelow(tx: Tx, stream: number, id: number): Promise<number> {
  return (await tx.rows(highestBelow, { stream, id }))[0]?.id ?? -1;
}

/** What is stored in pages of one stream. */
export interface PageCounts {
  /** Records in pages that are not settled. */
  unsettled: number;
  /** When the oldest of those pages was stored. */
  oldest: number | null;
  /** Records not emitted yet. */
  notEmitted: number;
}

/** Sums over the pages' own counts; no body is read. */
export async function countPages(tx: Tx, stream: number): Promise<PageCounts> {
  const unsettled = (await tx.rows(countUnsettled, { stream }))[0];
  const notEmitted = (await tx.rows(countNotEmitted, { stream }))[0]?.total ?? 0;
  return { unsettled: unsettled?.total ?? 0, oldest: unsettled?.oldest ?? null, notEmitted };
}

/** Marks the page as settled when nothing of it is open. */
export async function settlePage(tx: Tx, stream: number, firstId: number, now: number): Promise<void> {
  await tx.change(settle, { stream, firstId, now });
}

/** Settled pages that end at or below `upTo`, the newest first. */
export async function settledPages(tx: Tx, stream: number, upTo: number) {
  const rows = await tx.rows(listSettled, { stream, upTo });
  return rows.map(row => ({
    firstId: row.first_id,
    lastId: row.last_id,
    total: row.total,
    settledAt: row.settled_at,
  }));
}

/** Deletes a settled page; any other stays, whatever id is given. */
export async function dropPage(tx: Tx, stream: number, firstId: number): Promise<void> {
  await tx.change(drop, { stream, firstId });
}

function toPage(row: Row): UsagePage {
  const { total, position, ids } = row;
  return { firstId: row.first_id, lastId: row.last_id, total, position, ids };
}
