import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock';
import { AdapterError } from '../errors';
import { malformed } from './malformed';

export interface BodyLimits {
  maxBytes: number;
  /** From the first look at the body to its end. */
  maxMs: number;
  clock: Clock;
}

/** The whole body of a request. What is too large is never kept, what is too slow is given up.
 *  @throws CALL_MALFORMED with `httpStatus` 400 (cut), 408 (slow), 413 (large), 415 (compressed) */
export async function readBody(request: IncomingMessage, { maxBytes, maxMs, clock }: BodyLimits): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw malformed('body: it is compressed; send it plain.', 'body', 415);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (request.readableEnded) {
    throw new AdapterError('INPUT_CONFIG', 'body: a middleware of settings.js read it before; leave these paths out.', {
      subject: 'body',
    });
  }
  const over = new AbortController();
  const tooSlow = clock.sleep(maxMs, over.signal).then(
    () => Promise.reject(malformed(`body: it did not arrive within ${maxMs / 1000} s.`, 'body', 408)),
    () => new Promise<never>(() => undefined), // the body came first
  );
  try {
    return await Promise.race([collect(request, maxBytes), tooSlow]);
  } finally {
    over.abort('read');
  }
}

function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      chunks.length = 0;
      reject(tooLarge(maxBytes));
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    for (const event of ['error', 'aborted', 'close']) {
      request.once(event, () => {
        if (!request.complete) reject(cut());
      });
    }
  });
}

const cut = () => malformed('body: the connection broke before its end.', 'body');
const tooLarge = (maxBytes: number) => malformed(`body: it is larger than ${maxBytes} bytes.`, 'body', 413);
