import { randomUUID } from 'node:crypto';

const kind = 'usage-';

/** The token of a batch of usage records. */
export function newToken(): string {
  return kind + randomUUID();
}

/** The token of one record of a batch, for messages that carry one record each. */
export function singleToken(token: string, eventId: number): string {
  return `${token}/${eventId}`;
}

/** `eventId` is null when the token stands for the whole batch; `null` for a token of another feed. */
export function readToken(text: string): { token: string; eventId: number | null } | null {
  if (!text.startsWith(kind)) return null;
  const [token = '', id] = text.split('/');
  return { token, eventId: id === undefined ? null : Number(id) };
}
