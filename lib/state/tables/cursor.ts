import { statement, type Tx } from '../port';

/** One reader of one installation. */
export interface ConsumerKey {
  installation: string;
  consumer: string;
}

/** Where one reader stands in one feed; -1 means nothing yet. */
export interface Cursor {
  feed: string;
  /** Highest id stored. */
  fetched: number;
  /** No id up to here can still be unread. Events above it wait until the other feeds have been read as far. */
  readTo: number;
  /** Highest settled id below which nothing is open. */
  delivered: number;
  /** Ids up to here without a row were settled and pruned, or lie before the start position. */
  forgotten: number;
  /** The start of the reader that owns it: an older one can no longer write. */
  epoch: number;
}

interface CursorRow {
  feed: string;
  fetched: number;
  read_to: number;
  delivered: number;
  forgotten: number;
  epoch: number;
}

const mine = 'installation = :installation AND consumer = :consumer';

const add = statement(`
  INSERT INTO cursor (installation, consumer, feed, fetched, read_to, delivered, forgotten, epoch, updated_at)
  VALUES (:installation, :consumer, :feed, :position, :position, :position, :position, :epoch, :now)
  ON CONFLICT (installation, consumer, feed) DO NOTHING`);
const list = statement<CursorRow>(
  `SELECT feed, fetched, read_to, delivered, forgotten, epoch FROM cursor WHERE ${mine} ORDER BY feed`,
);
const readers = statement<{ consumer: string }>('SELECT DISTINCT consumer FROM cursor ORDER BY consumer');
/** The epochs of a reader's feeds may differ, so all are raised to the highest: one number then fences all of them. */
const takeOver = statement(`UPDATE cursor SET epoch = epoch + 1, updated_at = :now WHERE ${mine}`);
const maxEpoch = statement<{ epoch: number | null }>(`SELECT MAX(epoch) AS epoch FROM cursor WHERE ${mine}`);
const levelEpochs = statement(`UPDATE cursor SET epoch = :epoch WHERE ${mine}`);
/** The fence: an owner that was replaced changes no row. Positions never go back. */
const advance = statement(`
  UPDATE cursor SET updated_at = :now,
    fetched = CASE WHEN fetched < :fetched THEN :fetched ELSE fetched END,
    read_to = CASE WHEN read_to < :readTo THEN :readTo ELSE read_to END
  WHERE ${mine} AND feed = :feed AND epoch = :epoch`);
const beginAt = statement(`
  UPDATE cursor SET fetched = :position, read_to = :position, forgotten = :position, updated_at = :now WHERE ${mine}`);
const setDelivered = statement(`UPDATE cursor SET delivered = :delivered WHERE ${mine} AND feed = :feed`);
const drop = statement(`DELETE FROM cursor WHERE ${mine}`);
const forget = statement(`
  UPDATE cursor SET forgotten = :eventId WHERE ${mine} AND feed = :feed AND forgotten < :eventId`);

/** Creates a cursor that starts after `position`; an existing one stays as it is. */
export async function addCursor(
  tx: Tx,
  key: ConsumerKey,
  feed: string,
  position: number,
  epoch: number,
  now: number,
): Promise<void> {
  await tx.change(add, { ...key, feed, position, epoch, now });
}

/** All cursors of one reader, by the name of their feed. */
export async function selectCursors(tx: Tx, key: ConsumerKey): Promise<Cursor[]> {
  return (await tx.rows(list, { ...key })).map(row => ({
    feed: row.feed,
    fetched: row.fetched,
    readTo: row.read_to,
    delivered: row.delivered,
    forgotten: row.forgotten,
    epoch: row.epoch,
  }));
}

/** Takes over the reader's cursors from whoever had them; answers the new epoch. */
export async function nextEpoch(tx: Tx, key: ConsumerKey, now: number): Promise<number> {
  await tx.change(takeOver, { ...key, now });
  const epoch = (await tx.rows(maxEpoch, { ...key }))[0]?.epoch ?? 1;
  await tx.change(levelEpochs, { ...key, epoch });
  return epoch;
}

/** False when another start of the reader owns the cursor by now. */
export async function advanceCursor(
  tx: Tx,
  key: ConsumerKey,
  to: { feed: string; fetched: number; readTo: number; epoch: number; now: number },
): Promise<boolean> {
  return (await tx.change(advance, { ...key, ...to })) > 0;
}

/** Moves the cursor so that reading continues after `position`, whatever was read before. */
export async function beginCursorsAt(tx: Tx, key: ConsumerKey, position: number, now: number): Promise<void> {
  await tx.change(beginAt, { ...key, position, now });
}

/** Sets the cursor *delivered* to what the rows say now, up or down. */
export async function setDeliveredTo(tx: Tx, key: ConsumerKey, feed: string, delivered: number): Promise<void> {
  await tx.change(setDelivered, { ...key, feed, delivered });
}

/** Notes that rows up to an id are pruned, so that their absence is not taken for a gap. Never goes back. */
export async function forgetUpTo(tx: Tx, key: ConsumerKey, feed: string, eventId: number): Promise<void> {
  await tx.change(forget, { ...key, feed, eventId });
}

/** Deletes the reader's cursors; its deliveries must be gone already. */
export async function dropCursors(tx: Tx, key: ConsumerKey): Promise<void> {
  await tx.change(drop, { ...key });
}

/** The names of readers that have cursors. */
export async function listReaders(tx: Tx): Promise<string[]> {
  return (await tx.rows(readers)).map(({ consumer }) => consumer);
}
