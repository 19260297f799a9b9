import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';

const pack = promisify(deflate);
const unpack = promisify(inflate);

/** Shorter texts stay as they are, which a person can read in the store. */
const longestPlain = 16_384;

export interface StoredBody {
  packed: boolean;
  body: string;
}

/** A page's text as it is kept: a long one compressed, off the event loop, because writing it is what costs. */
export async function packBody(text: string): Promise<StoredBody> {
  if (text.length <= longestPlain) return { packed: false, body: text };
  return { packed: true, body: (await pack(text, { level: 1 })).toString('base64') };
}

export async function unpackBody({ packed, body }: StoredBody): Promise<string> {
  return packed ? (await unpack(Buffer.from(body, 'base64'))).toString('utf8') : body;
}
