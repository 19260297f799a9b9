import type { UsageRecord } from '../../wap/types';

/** What a provider says a record is about, as 64 bits each (two numbers): the same record under a new EventId has the
 *  same ones. 0, 0 for a record without the provider's own id, which cannot be told from others. `salt` keeps anybody
 *  from choosing names that fall together. Source: the fields of dn448669. */
export function fingerprintsOf(records: readonly UsageRecord[], salt: number): Uint32Array {
  const prints = new Uint32Array(records.length * 2);
  const [low, high] = [salt >>> 0, Math.floor(salt / 0x1_0000_0000) >>> 0];
  records.forEach((record, index) => {
    if (!record.ExternalRecordId) return;
    state[0] = 0xdeadbeef ^ low;
    state[1] = 0x41c6ce57 ^ high;
    mix(record.ProviderName);
    mix(record.ExternalRecordId);
    mix(record.SubscriptionId);
    mix(record.ResourceId ?? '');
    mix(record.StartTime);
    mix(record.EndTime);
    const [a = 0, b = 0] = state;
    const one = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    const two = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    prints[index * 2] = one;
    prints[index * 2 + 1] = two === 0 && one === 0 ? 1 : two;
  });
  return prints;
}

const state = new Uint32Array(2);

/** Two lanes with different factors; the end of each text counts as a character of its own. */
function mix(text: string): void {
  let [a = 0, b = 0] = state;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
    b ^= b >>> 15;
  }
  state[0] = Math.imul(a ^ 0x1ffff, 2654435761) ^ (a >>> 16);
  state[1] = Math.imul(b ^ 0x1ffff, 1597334677);
}

export function packPrints(prints: Uint32Array): string {
  return Buffer.from(prints.buffer, prints.byteOffset, prints.byteLength).toString('base64');
}

export function unpackPrints(text: string): Uint32Array {
  const bytes = Buffer.from(text, 'base64');
  const prints = new Uint32Array(Math.floor(bytes.length / 8) * 2);
  Buffer.from(prints.buffer).set(bytes.subarray(0, prints.byteLength));
  return prints;
}
