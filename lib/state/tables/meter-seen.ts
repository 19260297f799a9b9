import { statement, type Tx } from '../port';

/** Ids a row: one bit for each, in place of a row for each. */
const blockSize = 1024;

const find = statement<{ bits: string }>('SELECT bits FROM meter_seen WHERE series = :series AND block = :block');
const put = statement(`
  INSERT INTO meter_seen (series, block, bits, seen_at) VALUES (:series, :block, :bits, :now)
  ON CONFLICT (series, block) DO UPDATE SET bits = excluded.bits, seen_at = excluded.seen_at`);
/** Only among the lowest blocks: the highest ones are where repeats come. */
const prune = statement(`
  DELETE FROM meter_seen WHERE series = :series AND seen_at < :cutoff AND block IN
    (SELECT block FROM meter_seen WHERE series = :series ORDER BY block LIMIT :limit)`);

/** Notes records as counted and answers those that were not counted before. Must be in the transaction that counts them. */
export async function addSeen(tx: Tx, series: number, ids: readonly number[], now: number): Promise<Set<number>> {
  const fresh = new Set<number>();
  for (const [block, inside] of inBlocks(ids)) {
    const bits = await bitsOf(tx, series, block);
    for (const id of inside) {
      const { byte, bit } = placeOf(id);
      const before = bits[byte] ?? 0;
      if (before & bit) continue;
      bits[byte] = before | bit;
      fresh.add(id);
    }
    await tx.change(put, { series, block, bits: bits.toString('hex'), now });
  }
  return fresh;
}

/** Which of the ids were counted before. */
export async function seenOf(tx: Tx, series: number, ids: readonly number[]): Promise<Set<number>> {
  const seen = new Set<number>();
  for (const [block, inside] of inBlocks(ids)) {
    const bits = await bitsOf(tx, series, block);
    for (const id of inside) {
      const { byte, bit } = placeOf(id);
      if ((bits[byte] ?? 0) & bit) seen.add(id);
    }
  }
  return seen;
}

/** The bits of a block, all zero when nothing in it was counted. */
async function bitsOf(tx: Tx, series: number, block: number): Promise<Buffer> {
  const bits = Buffer.alloc(blockSize / 8);
  bits.set(Buffer.from((await tx.rows(find, { series, block }))[0]?.bits ?? '', 'hex'));
  return bits;
}

const placeOf = (id: number) => ({ byte: (id % blockSize) >> 3, bit: 1 << ((id % blockSize) & 7) });

function inBlocks(ids: readonly number[]): Map<number, number[]> {
  const blocks = new Map<number, number[]>();
  let last = -1;
  let inside: number[] = [];
  for (const id of ids) {
    const block = Math.floor(id / blockSize);
    // Neighbouring ids are mostly in one block.
    if (block !== last) {
      inside = blocks.get(block) ?? [];
      blocks.set(block, inside);
      last = block;
    }
    inside.push(id);
  }
  return blocks;
}

/** Forgets up to `limit` of the lowest blocks that nobody added to since `cutoff` (ms UTC). A record below them that comes again
 *  would be counted again. */
export async function pruneSeen(tx: Tx, series: number, cutoff: number, limit: number): Promise<void> {
  await tx.change(prune, { series, cutoff, limit });
}
