import { statement, type Tx } from '../port';
import type { ConsumerKey } from './cursor';

/** A replay of past events; both ids included. */
export interface EventReplay {
  /** Its name, unique for its reader. */
  run: string;
  fromId: number;
  toId: number;
  /** All of its events are settled; it is kept for a while, so that its dead letters can still be released. */
  isEnded: boolean;
}

interface Row {
  run: string;
  from_id: number;
  to_id: number;
  ended_at: number | null;
}

const mine = 'installation = :installation AND consumer = :consumer';
const columns = 'run, from_id, to_id, ended_at';

const add = statement(`
  INSERT INTO event_replay (installation, consumer, run, from_id, to_id, started_at)
  VALUES (:installation, :consumer, :run, :fromId, :toId, :now)`);
const list = statement<Row>(`SELECT ${columns} FROM event_replay WHERE ${mine} ORDER BY started_at, run`);
const listOld = statement<{ run: string }>(`SELECT run FROM event_replay WHERE ${mine} AND ended_at < :cutoff`);
const end = statement(`UPDATE event_replay SET ended_at = :now WHERE ${mine} AND run = :run`);
const reopen = statement(`UPDATE event_replay SET ended_at = NULL WHERE ${mine} AND run = :run`);
const drop = statement(`DELETE FROM event_replay WHERE ${mine} AND run = :run AND ended_at IS NOT NULL`);

/** Starts a replay. Fails with STATE_CONFLICT when the reader has one of this name. */
export async function addEventReplay(
  tx: Tx,
  key: ConsumerKey,
  { run, fromId, toId }: Omit<EventReplay, 'isEnded'>,
  now: number,
): Promise<void> {
  await tx.change(add, { ...key, run, fromId, toId, now });
}

/** Running replays and those that ended and are still kept; oldest first. */
export async function eventReplays(tx: Tx, key: ConsumerKey): Promise<EventReplay[]> {
  return (await tx.rows(list, { ...key })).map(row => ({
    run: row.run,
    fromId: row.from_id,
    toId: row.to_id,
    isEnded: row.ended_at !== null,
  }));
}

/** Names of those that ended before a time. */
export async function oldEventReplays(tx: Tx, key: ConsumerKey, cutoff: number): Promise<string[]> {
  return (await tx.rows(listOld, { ...key, cutoff })).map(row => row.run);
}

/** Notes when a replay ended (ms UTC). */
export async function endEventReplay(tx: Tx, key: ConsumerKey, run: string, now: number): Promise<void> {
  await tx.change(end, { ...key, run, now });
}

/** An ended replay goes on. */
export async function reopenEventReplay(tx: Tx, key: ConsumerKey, run: string): Promise<void> {
  await tx.change(reopen, { ...key, run });
}

/** Forgets a replay that has ended; a running one stays. */
export async function dropEventReplay(tx: Tx, key: ConsumerKey, run: string): Promise<void> {
  await tx.change(drop, { ...key, run });
}
