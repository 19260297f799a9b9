import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { parseExact } from '../../json';
import type { UsagePage } from '../../state/tables/usage-page';
import type { UsageRecord } from '../../wap/types';
import { idsOf } from './ids';

const pack = promisify(brotliCompress);
const unpack = promisify(brotliDecompress);

/** Shorter ones are stored as they are, for a person to read in the store. */
const longestPlain = 16_384;
/** The fastest level: a page still shrinks to about a twentieth. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 1 };

/** A page's records as stored: JSON, or (`packed`) Brotli in base64. */
export interface StoredBody {
  packed: boolean;
  body: string;
}

/** A page's JSON as it is kept: a long one compressed, off the event loop, because writing it to disk is what costs. */
export async function packBody(json: Uint8Array): Promise<StoredBody> {
  if (json.length <= longestPlain) return { packed: false, body: Buffer.from(json).toString('utf8') };
  return { packed: true, body: (await pack(json, { params, chunkSize: 131_072 })).toString('base64') };
}

/** The JSON text of a stored page. */
async function unpackBody({ packed, body }: StoredBody): Promise<string> {
  if (!packed) return body;
  return (await unpack(Buffer.from(body, 'base64'), { chunkSize: 1_048_576 })).toString('utf8');
}

/** The records of a stored page in the order of their ids; what came with it and does not belong to it left out. */
export async function readBody(
  page: StoredBody & Pick<UsagePage, 'firstId' | 'total' | 'ids'>,
): Promise<UsageRecord[]> {
  const records = parseExact(await unpackBody(page)) as UsageRecord[];
  const ids = idsOf(page);
  if (records.length === ids.length && records.every(({ EventId: id }, place) => id === ids[place])) return records;
  const byId = new Map(records.map(record => [record.EventId, record]));
  return ids.flatMap(id => byId.get(id) ?? []);
}
