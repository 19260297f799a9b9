import type { ConsumerKey } from './cursor';
import { statement, type Tx } from './port';

/** A run over past events, ids included. */
export interface EventReplay {
  run: string;
  fromId: number;
  toId: number;
}

interface Row {
  run: string;
  from_id: number;
  to_id: number;
}

const mine = 'installation = :installation AND consumer = :consumer';
const columns = 'run, from_id, to_id';

const add = statement(`
  INSERT INTO event_replay (installation, consumer, run, from_id, to_id, started_at)
  VALUES (:installation, :consumer, :run, :fromId, :toId, :now)`);
const listOpen = statement<Row>(
  `SELECT ${columns} FROM event_replay WHERE ${mine} AND ended_at IS NULL ORDER BY started_at, run`,
);
const listEnded = statement<Row>(`SELECT ${columns} FROM event_replay WHERE ${mine} AND ended_at < :cutoff`);
const end = statement(
  `UPDATE event_replay SET ended_at = :now WHERE ${mine} AND run = :run AND ended_at IS NULL`,
);
const drop = statement(`DELETE FROM event_replay WHERE ${mine} AND run = :run AND ended_at IS NOT NULL`);

export async function addReplay(tx: Tx, key: ConsumerKey, replay: EventReplay, now: number): Promise<void> {
  await tx.change(add, { ...key, ...replay, now });
}

/** Replays that have not come to their end, oldest first. */
export async function openEventReplays(tx: Tx, key: ConsumerKey): Promise<EventReplay[]> {
  return (await tx.rows(listOpen, { ...key })).map(toReplay);
}

/** Replays that ended before a time. */
export async function endedEventReplays(tx: Tx, key: ConsumerKey, cutoff: number): Promise<EventReplay[]> {
  return (await tx.rows(listEnded, { ...key, cutoff })).map(toReplay);
}

export async function endReplay(tx: Tx, key: ConsumerKey, run: string, now: number): Promise<void> {
  await tx.change(end, { ...key, run, now });
}

export async function dropReplay(tx: Tx, key: ConsumerKey, run: string): Promise<void> {
  await tx.change(drop, { ...key, run });
}

function toReplay({ run, from_id: fromId, to_id: toId }: Row): EventReplay {
  return { run, fromId, toId };
}
