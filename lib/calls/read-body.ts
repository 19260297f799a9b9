import type { IncomingMessage } from 'node:http';
import type { Clock } from '../async/clock';
import { Deadlines } from '../async/deadlines';
import { AdapterError } from '../errors';
import { malformed } from './errors';

/** How large and how slow a body may be. */
export interface BodyLimits {
  maxBytes: number;
  /** From the first look at the body to its end. */
  maxMs: number;
  clock: Clock;
}

/** Reads whole bodies of requests. What is too large is never kept, what is too slow is given up.
 *  @throws CALL_MALFORMED with `httpStatus` 400 (cut), 408 (slow), 413 (large), 415 (compressed) */
export function bodyReader({ maxBytes, maxMs, clock }: BodyLimits): (request: IncomingMessage) => Promise<Buffer> {
  const slow = new Deadlines<{ giveUp(): void }>(clock, maxMs, ({ giveUp }) => giveUp());
  return async request => {
    refuseUnread(request, maxBytes);
    const waiting = { giveUp: (): void => undefined };
    const tooSlow = new Promise<never>((_resolve, reject) => {
      waiting.giveUp = () => reject(malformed(`body: it did not arrive within ${maxMs / 1000} s.`, 'body', 408));
    });
    slow.begin(waiting);
    try {
      return await Promise.race([collect(request, maxBytes), tooSlow]);
    } finally {
      slow.end(waiting);
    }
  };
}

/** Refuses by the headers alone, before anything is read. @throws CALL_MALFORMED; INPUT_CONFIG when it was read before */
function refuseUnread(request: IncomingMessage, maxBytes: number): void {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw malformed('body: it is compressed; send it plain.', 'body', 415);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (request.readableEnded) {
    throw AdapterError.advising(
      'INPUT_CONFIG',
      'body: a middleware of settings.js read it before; leave these paths out.',
      {
        subject: 'body',
      },
    );
  }
}

/** All of a body. One that grows too large goes on being read and is thrown away: whoever sends it then hears the answer. */
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
