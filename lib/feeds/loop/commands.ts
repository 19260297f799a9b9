import { AdapterError, invalid } from '../../errors';
import { isWapTime, parseWapTime } from '../../wap/client/time';
import { type EventFeed, eventFeeds } from '../../wap/types';
import { wordOf } from '../../words';
import type { LoopCommand } from './contract';

/** Where a replay begins or ends: an id, or a time (ms UTC). */
export type Place = { id: number } | { time: number };

/** What a message can tell a poll node to do. */
export type Command =
  | { command: LoopCommand }
  | { command: 'deadLetters' }
  | { command: 'sendAgain'; ids: number[] | 'all'; feed: EventFeed | undefined }
  | { command: 'discard'; ids: number[] | 'all'; feed: EventFeed | undefined; reason: string }
  | { command: 'replay'; from: Place; to: Place | null; rebuilds?: boolean }
  | { command: 'beginAnew'; from: Place; isSure: boolean };

/** What `command` can be, in any case. */
const words = [
  'poll',
  'pause',
  'resume',
  'status',
  'deadLetters',
  'sendAgain',
  'discard',
  'replay',
  'beginAnew',
] as const;

/** A word, or an object with the word as `command` and what belongs to it: `ids` (numbers, or `all`), `feed`, `reason`,
 *  `from` and `to` (an EventId or a time such as 2026-01-31T00:00:00Z), `totals` (`rebuild`), `sure`. Nothing means `poll`.
 *  @throws INPUT_INVALID, INPUT_MISSING naming the field. */
export function readCommand(value: unknown): Command {
  if (value === undefined || value === null || value === '') return { command: 'poll' };
  const given: Record<string, unknown> = typeof value === 'object' ? { ...value } : { command: value };
  const command = wordOf(words, given.command);
  switch (command) {
    case undefined:
      throw invalid('control', `one of ${words.join(', ')}`, given.command);
    case 'sendAgain':
      return { command, ids: readIds(given.ids), feed: readFeed(given.feed) };
    case 'discard':
      if (typeof given.reason !== 'string' || given.reason === '') {
        throw AdapterError.advising('INPUT_MISSING', 'reason: say why it is given up.', { subject: 'reason' });
      }
      return { command, ids: readIds(given.ids), feed: readFeed(given.feed), reason: given.reason };
    case 'replay':
      return {
        command,
        from: readPlace(given.from, 'from'),
        to: isNothing(given.to) ? null : readPlace(given.to, 'to'),
        ...(readTotals(given.totals) ? { rebuilds: true } : {}),
      };
    case 'beginAnew':
      return { command, from: readPlace(given.from, 'from'), isSure: given.sure === true };
    default:
      return { command };
  }
}

/** Fields of a message that was made by a form are empty texts rather than absent. */
const isNothing = (value: unknown): boolean => value === undefined || value === null || value === '';

/** @throws INPUT_INVALID naming the place of a bad id */
function readIds(value: unknown): number[] | 'all' {
  const all = wordOf(['all'], value);
  if (all) return all;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((id, index) => {
    if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
    throw invalid(Array.isArray(value) ? `ids[${index}]` : 'ids', 'an EventId, a list of them, or "all"', id);
  });
}

/** @throws INPUT_INVALID for any other word: a typing error must not leave totals as they are */
function readTotals(value: unknown): boolean {
  if (isNothing(value)) return false;
  if (wordOf(['rebuild'], value)) return true;
  throw invalid('totals', 'rebuild, or nothing', value);
}

/** `usage` names no feed of events and is taken all the same: whoever reads it knows its only feed. @throws INPUT_INVALID */
function readFeed(value: unknown): EventFeed | undefined {
  const known = wordOf(eventFeeds, value);
  if (known || isNothing(value) || wordOf(['usage'], value)) return known;
  throw invalid('feed', `one of ${eventFeeds.join(', ')}`, value);
}

/** A place in a feed: a number is an id, a text or date a time; a text of digits an id too.
 *  @throws INPUT_INVALID naming the field. */
export function readPlace(value: unknown, field: string): Place {
  const id = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return { id };
  if (value instanceof Date && Number.isFinite(value.getTime())) return { time: value.getTime() };
  const text = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00` : value;
  if (isWapTime(text)) return { time: parseWapTime(text).ms };
  throw invalid(field, 'an EventId, or a time such as 2026-01-31T00:00:00Z', value);
}
