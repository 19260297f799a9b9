import { statement, type Tx } from './port';

/** A short number for one meter's windows, so that its many rows stay small. */
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

export async function ensureSeries(tx: Tx, installation: string, series: string): Promise<number> {
  await tx.change(add, { installation, series });
  return (await tx.rows(find, { installation, series }))[0]?.id ?? 0;
}

/** Numbers what the series sends, from 1 on. */
export async function nextId(tx: Tx, id: number): Promise<number> {
  return (await tx.rows(next, { id }))[0]?.last_id ?? 0;
}
