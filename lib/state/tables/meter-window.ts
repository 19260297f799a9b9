import { statement, type Tx } from '../port';

/** One window of one meter of one subscription, whose id is folded. `identity` names meter, unit, aggregate and what is kept
 *  apart. */
export interface WindowKey {
  /** Both ends in ms UTC, the second excluded. */
  startsAt: number;
  endsAt: number;
  subscription: string;
  identity: string;
}

/** A window with what was counted in it. */
export interface WindowRow extends WindowKey {
  /** Exact decimals, as text. */
  total: string;
  /** How many records are in it. */
  records: number;
  /** When the last record in it ended, ms UTC. */
  endedAt: number;
  /** That record; of several that ended together, the highest id. */
  recordId: number;
  /** The total that billing was sent; null while the window is open. */
  billed: string | null;
  /** How many quantities were sent for it. */
  bills: number;
  /** Part of the key under which billing knows its quantities. */
  keySubscription: string;
}

interface Row {
  starts_at: number;
  ends_at: number;
  subscription: string;
  identity: string;
  total: string;
  records: number;
  ended_at: number;
  record_id: number;
  billed: string | null;
  bills: number;
  key_subscription: string | null;
}

const columns = 'starts_at, ends_at, subscription, identity, total, records, ended_at, record_id, billed, bills';
const read = `${columns}, key_subscription`;
const one = `series = :series AND starts_at = :startsAt AND ends_at = :endsAt AND subscription = :subscription
  AND identity = :identity`;

const find = statement<Row>(`SELECT ${read} FROM meter_window WHERE ${one}`);
const put = statement(`
  INSERT INTO meter_window (series, ${columns}, due_at)
  VALUES (:series, :startsAt, :endsAt, :subscription, :identity, :total, :records, :endedAt, :recordId, NULL, 0, :dueAt)
  ON CONFLICT (series, starts_at, ends_at, subscription, identity) DO UPDATE SET total = excluded.total,
    records = excluded.records, ended_at = excluded.ended_at, record_id = excluded.record_id, due_at = excluded.due_at`);
const listDue = statement<Row>(`
  SELECT ${read} FROM meter_window WHERE series = :series AND due_at <= :now
  ORDER BY due_at, starts_at, subscription, identity LIMIT :limit`);
const listEnded = statement<Row>(`
  SELECT ${read} FROM meter_window WHERE series = :series AND due_at IS NOT NULL AND ends_at <= :now
  ORDER BY starts_at, subscription, identity LIMIT :limit`);
const bill = statement(`
  UPDATE meter_window SET billed = :billed, bills = :bills, due_at = NULL WHERE ${one}`);
const firstDue = statement<{ due_at: number | null }>(
  'SELECT MIN(due_at) AS due_at FROM meter_window WHERE series = :series AND due_at IS NOT NULL',
);
const countOpen = statement<{ total: number }>(
  'SELECT COUNT(*) AS total FROM meter_window WHERE series = :series AND due_at IS NOT NULL',
);
const prune = statement(`
  DELETE FROM meter_window WHERE series = :series AND ends_at < :cutoff AND due_at IS NULL AND starts_at IN
    (SELECT starts_at FROM meter_window WHERE series = :series ORDER BY starts_at LIMIT :limit)`);

/** A window with what was counted in it; null before its first record. */
export async function findWindow(tx: Tx, series: number, key: WindowKey): Promise<WindowRow | null> {
  return (await tx.rows(find, { series, ...keyOf(key) })).map(toWindow)[0] ?? null;
}

/** Writes the content of a window; `dueAt` is when it is billed. What was billed stays as it is. */
export async function putWindow(
  tx: Tx,
  series: number,
  key: WindowKey,
  content: Pick<WindowRow, 'total' | 'records' | 'endedAt' | 'recordId'> & { dueAt: number },
): Promise<void> {
  const { total, records, endedAt, recordId, dueAt } = content;
  await tx.change(put, { series, ...keyOf(key), total, records, endedAt, recordId, dueAt });
}

/** Windows with something that billing has not been sent: those that are due, or all that have ended. */
export async function dueWindows(
  tx: Tx,
  series: number,
  of: { now: number; limit: number; which: 'due' | 'ended' },
): Promise<WindowRow[]> {
  const { now, limit, which } = of;
  return (await tx.rows(which === 'due' ? listDue : listEnded, { series, now, limit })).map(toWindow);
}

/** Notes in the transaction that makes a window's quantity that it is billed: a crash cannot bill it twice. `billed`: its total
 *  by now; `bills`: how many quantities that makes. */
export async function billWindow(tx: Tx, series: number, key: WindowKey, billed: string, bills: number): Promise<void> {
  await tx.change(bill, { series, ...keyOf(key), billed, bills });
}

/** When the next window of a series is due, ms UTC; null when none is open. */
export async function nextWindowDue(tx: Tx, series: number): Promise<number | null> {
  return (await tx.rows(firstDue, { series }))[0]?.due_at ?? null;
}

/** How many windows of a series still have something to be billed. */
export async function openWindowCount(tx: Tx, series: number): Promise<number> {
  return (await tx.rows(countOpen, { series }))[0]?.total ?? 0;
}

/** Forgets some of the oldest windows that ended before `cutoff` (ms UTC); one with something to be billed stays. */
export async function pruneWindows(tx: Tx, series: number, cutoff: number, limit: number): Promise<void> {
  await tx.change(prune, { series, cutoff, limit });
}

const keyOf = ({ startsAt, endsAt, subscription, identity }: WindowKey) => ({
  startsAt,
  endsAt,
  subscription,
  identity,
});

function toWindow(row: Row): WindowRow {
  const { subscription, identity, total, records, billed, bills } = row;
  const times = { startsAt: row.starts_at, endsAt: row.ends_at, endedAt: row.ended_at, recordId: row.record_id };
  const keySubscription = row.key_subscription ?? subscription;
  return { ...times, subscription, identity, total, records, billed, bills, keySubscription };
}
