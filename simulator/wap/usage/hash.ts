/** 32 bits that depend on seed, index and what they are for: so a record is made from its index alone. */
export function hashOf(seed: number, index: number, use: number): number {
  let mixed = Math.imul(seed ^ Math.imul(use, 0x27d4eb2f), 0x9e3779b1) ^ Math.imul(index | 0, 0x85ebca6b);
  // Indexes beyond 32 bits differ in their upper part.
  mixed ^= Math.floor(index / 4294967296);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** 0 (inclusive) to 1 (exclusive). */
export const chanceOf = (seed: number, index: number, use: number): number => hashOf(seed, index, use) / 4294967296;

/** A GUID that belongs to two numbers. */
export function guidOf(seed: number, index: number): string {
  const hex = [1, 2, 3, 4].map(use => hashOf(seed, index, use).toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
