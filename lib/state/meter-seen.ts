import { statement, type Tx } from './port';

const blockSize = 1024;

const find = statement<{ bits: string }>('SELECT bits FROM meter_seen WHERE series = :series AND block = :block');
const put = statement(`
  INSERT INTO meter_seen (series, block, bits, seen_at) VALUES (:series, :block, :bits, :now)
  ON CONFLICT (series, block) DO UPDATE SET bits = excluded.bits, seen_at = excluded.seen_at`);
const prune = statement(`
  DELETE FROM meter_seen WHERE series = :series AND seen_at < :cutoff AND block IN
    (SELECT block FROM meter_seen WHERE series = :series ORDER BY block LIMIT :limit)`);

/** Notes records as counted; answers the ids that were not counted before. The note and the count are one transaction. */
export async function addSeen(tx: Tx, series: number, ids: readonly number[], now: number): Promise<Set<number>> {
  const blocks = new Map<number, number[]>();
  for (const id of ids) {
    const block = Math.floor(id / blockSize);
    const inside = blocks.get(block);
    if (inside) inside.push(id);
    else blocks.set(block, [id]);
  }
  const fresh = new Set<number>();
  for (const [block, inside] of blocks) {
    const bits = Buffer.alloc(blockSize / 8);
    bits.set(Buffer.from((await tx.rows(find, { series, block }))[0]?.bits ?? '', 'hex'));
    for (const id of inside) {
      const place = id % blockSize;
      const byte = bits[place >> 3] ?? 0;
      const bit = 1 << (place & 7);
      if (byte & bit) continue;
      bits[place >> 3] = byte | bit;
      fresh.add(id);
    }
    await tx.change(put, { series, block, bits: bits.toString('hex'), now });
  }
  return fresh;
}

export async function pruneSeen(tx: Tx, series: number, cutoff: number, limit: number): Promise<void> {
  await tx.change(prune, { series, cutoff, limit });
}
