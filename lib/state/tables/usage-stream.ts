import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';

/** One reader of one installation; `run` is empty for the permanent stream, or names a replay. */
export interface StreamKey extends ConsumerKey {
  /** Part of the key, so that a replay has pages and outcomes of its own. */
  run: string;
}

/** The position of a stream of usage records. Ids are -1 for none; times are ms UTC. */
export interface UsageStream extends StreamKey {
  id: number;
  /** Salt: makes this stream's hashes differ from those of any other. */
  salt: number;
  /** Highest id stored; the id before the start position until then. */
  fetched: number;
  /** Highest settled id below which nothing is open. */
  delivered: number;
  /** Ids up to here lie before the start position or were settled and pruned. */
  forgotten: number;
  /** The last id of a replay; `null`: no end. */
  toId: number | null;
  /** The start of the reader that owns it: an older one can no longer write. */
  epoch: number;
  startedAt: number;
  /** When the last new record arrived. */
  newAt: number;
  /** `EndTime` of the last record stored, as WAP wrote it. */
  lastTime: string | null;
  /** When WAP had nothing more. */
  caughtUpAt: number | null;
  /** When a replay was over; null for the permanent stream, and for a replay that goes on. */
  endedAt: number | null;
  /** The first id of a replay that recomputes totals; null for any other stream. */
  rebuildsFrom: number | null;
}

interface Row extends StreamKey {
  id: number;
  salt: number;
  fetched: number;
  delivered: number;
  forgotten: number;
  to_id: number | null;
  epoch: number;
  started_at: number;
  new_at: number;
  last_time: string | null;
  caught_up_at: number | null;
  ended_at: number | null;
  rebuilds_from: number | null;
}

const columns =
  'id, installation, consumer, run, salt, fetched, delivered, forgotten, to_id, epoch, started_at, new_at, last_time, ' +
  'caught_up_at, ended_at, rebuilds_from';
const mine = 'installation = :installation AND consumer = :consumer';

const add = statement(`
  INSERT INTO usage_stream (id, installation, consumer, run, salt, fetched, delivered, forgotten, to_id, epoch,
    started_at, new_at, rebuilds_from)
  SELECT COALESCE(MAX(id), 0) + 1, :installation, :consumer, :run, :salt, :position, :position, :position, :toId, 0,
    :now, :now, :rebuildsFrom
  FROM usage_stream WHERE true
  ON CONFLICT (installation, consumer, run) DO NOTHING`);
const find = statement<Row>(`SELECT ${columns} FROM usage_stream WHERE ${mine} AND run = :run`);
const byId = statement<Row>(`SELECT ${columns} FROM usage_stream WHERE id = :id`);
const listReplays = statement<Row>(`SELECT ${columns} FROM usage_stream WHERE ${mine} AND run <> '' ORDER BY id`);
const listEnded = statement<{ id: number; run: string }>(
  `SELECT id, run FROM usage_stream WHERE ${mine} AND run <> '' AND ended_at < :cutoff`,
);
const drop = statement('DELETE FROM usage_stream WHERE id = :id AND ended_at IS NOT NULL');
/** From now on the owner before writes nothing more; see `advance`. */
const takeOver = statement('UPDATE usage_stream SET epoch = epoch + 1 WHERE id = :id');
/** The fence: an owner that was replaced changes no row. Positions never go back. */
const advance = statement(`
  UPDATE usage_stream SET
    fetched = CASE WHEN fetched < :fetched THEN :fetched ELSE fetched END,
    new_at = CASE WHEN :fresh > 0 THEN :now ELSE new_at END,
    last_time = COALESCE(:lastTime, last_time),
    caught_up_at = CASE WHEN :caughtUp > 0 THEN :now ELSE caught_up_at END
  WHERE id = :id AND epoch = :epoch`);
const beginAt = statement(
  'UPDATE usage_stream SET fetched = :position, forgotten = :position WHERE id = :id AND epoch = :epoch',
);
const setDelivered = statement('UPDATE usage_stream SET delivered = :delivered WHERE id = :id');
const forget = statement('UPDATE usage_stream SET forgotten = :forgotten WHERE id = :id AND forgotten < :forgotten');
/** What WAP had at that time stays its end, even when it continues later for a dead letter. */
const end = statement(
  'UPDATE usage_stream SET ended_at = :now, to_id = COALESCE(to_id, fetched) WHERE id = :id AND ended_at IS NULL',
);
const reopen = statement('UPDATE usage_stream SET ended_at = NULL WHERE id = :id');

/** Creates a stream that starts after `position`; an existing one stays as it is. */
export async function addStream(
  tx: Tx,
  key: StreamKey,
  at: { position: number; toId: number | null; salt: number; now: number; rebuildsFrom?: number | null },
): Promise<void> {
  await tx.change(add, { ...key, rebuildsFrom: null, ...at });
}

/** A stream by its reader and replay; null before its first start. */
export async function findStream(tx: Tx, key: StreamKey): Promise<UsageStream | null> {
  return (await tx.rows(find, { ...key })).map(toStream)[0] ?? null;
}

/** A stream by its number; null when it is a replay that was deleted. */
export async function streamById(tx: Tx, id: number): Promise<UsageStream | null> {
  return (await tx.rows(byId, { id })).map(toStream)[0] ?? null;
}

/** Replays, including those that have ended. */
export async function usageReplays(tx: Tx, { installation, consumer }: ConsumerKey): Promise<UsageStream[]> {
  return (await tx.rows(listReplays, { installation, consumer })).map(toStream);
}

/** Replays that ended before a time. */
export async function endedReplays(
  tx: Tx,
  { installation, consumer }: ConsumerKey,
  cutoff: number,
): Promise<Array<{ id: number; run: string }>> {
  return tx.rows(listEnded, { installation, consumer, cutoff });
}

/** Deletes a replay that has ended; any other stream stays. */
export async function dropReplay(tx: Tx, id: number): Promise<void> {
  await tx.change(drop, { id });
}

/** Takes over the stream from whoever had it; answers it with the new epoch. */
export async function takeStream(tx: Tx, id: number): Promise<UsageStream | null> {
  await tx.change(takeOver, { id });
  return streamById(tx, id);
}

/** False when another start of the reader owns the stream by now. */
export async function advanceStream(
  tx: Tx,
  stream: { id: number; epoch: number },
  to: { fetched: number; fresh: number; lastTime: string | null; caughtUp: boolean; now: number },
): Promise<boolean> {
  const params = { id: stream.id, epoch: stream.epoch, ...to, caughtUp: to.caughtUp ? 1 : 0 };
  return (await tx.change(advance, params)) > 0;
}

/** Moves the stream so that reading continues after `position`; false when another start of the reader owns it. */
export async function beginStreamAt(
  tx: Tx,
  { id, epoch }: { id: number; epoch: number },
  position: number,
): Promise<boolean> {
  return (await tx.change(beginAt, { id, epoch, position })) > 0;
}

/** Sets the cursor *delivered* to what the rows say now, up or down. */
export async function setStreamDelivered(tx: Tx, id: number, delivered: number): Promise<void> {
  await tx.change(setDelivered, { id, delivered });
}

/** Notes that rows up to an id are pruned, so that their absence is not taken for a gap. Never goes back. */
export async function forgetRecords(tx: Tx, id: number, forgotten: number): Promise<void> {
  await tx.change(forget, { id, forgotten });
}

/** Ends a replay; false when it had ended. */
export async function endStream(tx: Tx, id: number, now: number): Promise<boolean> {
  return (await tx.change(end, { id, now })) > 0;
}

/** An ended replay goes on. */
export async function reopenStream(tx: Tx, id: number): Promise<void> {
  await tx.change(reopen, { id });
}

function toStream(row: Row): UsageStream {
  return {
    id: row.id,
    installation: row.installation,
    consumer: row.consumer,
    run: row.run,
    salt: row.salt,
    fetched: row.fetched,
    delivered: row.delivered,
    forgotten: row.forgotten,
    toId: row.to_id,
    epoch: row.epoch,
    startedAt: row.started_at,
    newAt: row.new_at,
    lastTime: row.last_time,
    caughtUpAt: row.caught_up_at,
    endedAt: row.ended_at,
    rebuildsFrom: row.rebuilds_from,
  };
}
