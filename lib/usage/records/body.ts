import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';

const pack = promisify(brotliCompress);
const unpack = promisify(brotliDecompress);

/** Shorter ones stay as they are, which a person can read in the store. */
const longestPlain = 16_384;
/** The quickest that still shortens it to a twentieth or so. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 1 };

export interface StoredBody {
  packed: boolean;
  body: string;
}

/** A page's JSON as it is kept: a long one compressed, off the event loop, because writing it to disk is what costs. */
export async function packBody(json: Uint8Array): Promise<StoredBody> {
  if (json.length <= longestPlain) return { packed: false, body: Buffer.from(json).toString('utf8') };
  return { packed: true, body: (await pack(json, { params, chunkSize: 131_072 })).toString('base64') };
}

export async function unpackBody({ packed, body }: StoredBody): Promise<string> {
  if (!packed) return body;
  return (await unpack(Buffer.from(body, 'base64'), { chunkSize: 1_048_576 })).toString('utf8');
}
