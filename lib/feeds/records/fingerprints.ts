import { foldId } from '../../ids';
import type { UsageRecord } from '../../wap/types';

/** What a provider says a record is about, as 64 bits each (two numbers): the same record under a new EventId has the
 *  same ones. 0, 0 for a record without the provider's own id, which cannot be told from others. `salt` keeps anybody
 *  from choosing names that fall together. Source: the fields of dn448669. */
export function fingerprintsOf(records: readonly UsageRecord[], salt: number): Uint32Array {
  const prints = new Uint32Array(records.length * 2);
  for (let place = 0; place < records.length; place++) {
    const record = records[place];
    if (record?.ExternalRecordId) put(prints, place, record, foldId(idsOf(record)), salt);
  }
  return prints;
}

/** The same as versions made it that told GUIDs apart by their case, which is what they stored; null where it is no other. */
export function olderFingerprintOf(record: UsageRecord, salt: number): [one: number, two: number] | null {
  const ids = idsOf(record);
  if (foldId(ids) === ids) return null;
  const prints = new Uint32Array(2);
  put(prints, 0, record, ids, salt);
  return [prints[0] ?? 0, prints[1] ?? 0];
}

/** The ids in a record, in which a GUID may come in either case. */
const idsOf = (record: UsageRecord): string =>
  `${record.ExternalRecordId}\n${record.SubscriptionId}\n${record.ResourceId ?? ''}`;

/** One text and one loop: this runs for every record there is. */
function put(prints: Uint32Array, place: number, record: UsageRecord, ids: string, salt: number): void {
  const [low, high] = [salt | 0, Math.floor(salt / 0x1_0000_0000) | 0];
  const text = `${ids}\n${record.StartTime}\n${record.EndTime}\n${record.ProviderName}`;
  let a = 0xdeadbeef ^ low;
  let b = 0x41c6ce57 ^ high;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  const one = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  const two = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  prints[place * 2] = one;
  prints[place * 2 + 1] = one === 0 && two === 0 ? 1 : two;
}

/** 8 bytes a record, base64, in the byte order of this machine; `unpackPrints` takes it back. */
export function packPrints(prints: Uint32Array): string {
  return Buffer.from(prints.buffer, prints.byteOffset, prints.byteLength).toString('base64');
}

/** See `packPrints`; what does not fill a whole record is dropped. */
export function unpackPrints(text: string): Uint32Array {
  const bytes = Buffer.from(text, 'base64');
  const prints = new Uint32Array(Math.floor(bytes.length / 8) * 2);
  Buffer.from(prints.buffer).set(bytes.subarray(0, prints.byteLength));
  return prints;
}
