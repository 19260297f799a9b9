import { randomUUID } from 'node:crypto';

/** How the tokens of usage begin; those of events are plain UUIDs. */
const usage = 'usage-';

/** What the token of usage records stands for. */
export interface RecordToken {
  /** The token of the batch. */
  token: string;
  /** The record; null when it stands for the whole batch. */
  eventId: number | null;
  /** Whose records they are; null in a token of an earlier version. */
  stream: number | null;
}

/** The token of a batch of usage records of a stream. It names the stream, so that what is told late is still understood. */
export function newToken(stream: number): string {
  return `${usage}${stream}.${randomUUID()}`;
}

/** The token of one record of a batch, for messages that carry one record each. */
export function singleToken(token: string, eventId: number): string {
  return `${token}/${eventId}`;
}

/** Whose token it is; what a flow left that is no text is of neither, and refused by both. */
export function kindOf(token: unknown): 'usage' | 'events' {
  return typeof token === 'string' && token.startsWith(usage) ? 'usage' : 'events';
}

/** `null` for a token of another feed. */
export function readToken(text: string): RecordToken | null {
  if (!text.startsWith(usage)) return null;
  const [token = '', id] = text.split('/');
  const [, stream] = /^usage-(\d+)\./.exec(token) ?? [];
  return { token, eventId: id === undefined ? null : Number(id), stream: stream === undefined ? null : Number(stream) };
}
