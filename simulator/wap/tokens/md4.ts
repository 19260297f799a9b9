const rounds: Array<{
  constant: number;
  order: number[];
  shifts: number[];
  mix: (x: number, y: number, z: number) => number;
}> = [
  {
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
    mix: (x, y, z) => (x & y) | (~x & z),
  },
  {
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
  },
  {
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
    mix: (x, y, z) => x ^ y ^ z,
  },
];

/** MD4 (RFC 1320), which NTLM needs and today's OpenSSL no longer offers. */
export function md4(message: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil((message.length + 9) / 64) * 64);
  message.copy(padded);
  padded[message.length] = 0x80;
  padded.writeBigUInt64LE(BigInt(message.length) * 8n, padded.length - 8);
  let sum = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let start = 0; start < padded.length; start += 64) sum = addBlock(sum, padded.subarray(start, start + 64));
  const digest = Buffer.alloc(16);
  for (const [index, word] of sum.entries()) digest.writeUInt32LE(word >>> 0, index * 4);
  return digest;
}

function addBlock(sum: number[], block: Buffer): number[] {
  let [a = 0, b = 0, c = 0, d = 0] = sum;
  for (const { constant, order, shifts, mix } of rounds) {
    for (const [step, word] of order.entries()) {
      const mixed = (a + mix(b, c, d) + block.readUInt32LE(word * 4) + constant) | 0;
      const shift = shifts[step % 4] ?? 0;
      [a, b, c, d] = [d, (mixed << shift) | (mixed >>> (32 - shift)), b, c];
    }
  }
  return [a, b, c, d].map((word, index) => (word + (sum[index] ?? 0)) | 0);
}
