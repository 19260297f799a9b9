import { statement, type Tx } from '../port';

/** A short number for one meter's windows, which keeps its many rows small. */
const add = statement(`
  INSERT INTO meter_series (id, installation, series, last_id)
  SELECT COALESCE(MAX(id), 0) + 1, :installation, :series, 0 FROM meter_series WHERE 1 = 1
  ON CONFLICT (installation, series) DO NOTHING`);
const find = statement<{ id: number }>(
  'SELECT id FROM meter_series WHERE installation = :installation AND series = :series',
);
const next = statement<{ last_id: number }>(
  'UPDATE meter_series SET last_id = last_id + 1 WHERE id = :id RETURNING last_id',
);

const under = 'installation = :installation AND series >= :prefix AND series < :end';
const listUnder = statement<{ id: number; series: string }>(`SELECT id, series FROM meter_series WHERE ${under}`);
const dropSeen = statement(`DELETE FROM meter_seen WHERE series IN (SELECT id FROM meter_series WHERE ${under})`);
const dropUnder = statement(`DELETE FROM meter_series WHERE ${under}`);

/** The number of a series, which is created under its name when it is new. */
export async function ensureSeries(tx: Tx, installation: string, series: string): Promise<number> {
  await tx.change(add, { installation, series });
  return (await tx.rows(find, { installation, series }))[0]?.id ?? 0;
}

/** Series whose names begin with a line, by the rest of their names. */
export async function seriesUnder(tx: Tx, installation: string, line: string): Promise<Map<string, number>> {
  const rows = await tx.rows(listUnder, { installation, ...beginningWith(line) });
  return new Map(rows.map(({ id, series }) => [series.slice(line.length + 1), id]));
}

/** Deletes series whose names begin with a line, and what was counted in them. */
export async function dropSeriesUnder(tx: Tx, installation: string, line: string): Promise<void> {
  const params = { installation, ...beginningWith(line) };
  await tx.change(dropSeen, params);
  await tx.change(dropUnder, params);
}

/** A line break, and the character after it. */
const beginningWith = (line: string) => ({ prefix: `${line}\n`, end: `${line}\v` });

/** The next number for what the series sends, from 1. */
export async function nextId(tx: Tx, id: number): Promise<number> {
  return (await tx.rows(next, { id }))[0]?.last_id ?? 0;
}
