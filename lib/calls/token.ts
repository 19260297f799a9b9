import { randomUUID } from 'node:crypto';
import { AdapterError, shapeOf } from '../errors';

/** What an answer needs to find its request, also after a restart. It travels on the message as one text; it is no
 *  secret and opens nothing from outside. */
export interface CallToken {
  purpose: 'approval' | 'price';
  /** Which node asked: its prefix. */
  endpoint: string;
  /** What is asked: the event of an approval, the question of a price. */
  about: string;
  /** ms UTC. */
  deadlineAt: number;
  /** One request only. */
  nonce: string;
}

export function newToken(parts: Omit<CallToken, 'nonce'>): string {
  const { purpose, endpoint, about, deadlineAt } = parts;
  const nonce = randomUUID().slice(0, 13);
  return Buffer.from(JSON.stringify([purpose, endpoint, about, deadlineAt, nonce])).toString('base64url');
}

/** @throws CALL_UNKNOWN when the text is no token */
export function readToken(token: string): CallToken {
  const parts = parse(token);
  const [purpose, endpoint, about, deadlineAt, nonce] = parts;
  const isPurpose = purpose === 'approval' || purpose === 'price';
  if (isPurpose && [endpoint, about, nonce].every(part => typeof part === 'string') && Number.isInteger(deadlineAt)) {
    return {
      ...{ purpose, endpoint: String(endpoint), about: String(about) },
      ...{ deadlineAt: Number(deadlineAt), nonce: String(nonce) },
    };
  }
  throw new AdapterError('CALL_UNKNOWN', `request: this is not the token of a request, but ${shapeOf(token)}.`, {
    subject: 'request',
  });
}

/** Never throws: anything may have been put on a message. */
function parse(token: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
