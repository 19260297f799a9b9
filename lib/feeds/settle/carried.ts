import { AdapterError, shapeOf } from '../../errors';
import type { EventFeed } from '../../wap/types';
import { eventFeeds } from '../../wap/types';
import { wordOf } from '../../words';
import { readToken } from '../token';

/** A message that a split made: number `index` of `count`, from 0. */
export interface Split {
  id: string;
  index: number;
  count: number;
  /** The most items that each of them holds. */
  size: number;
}

/** The splits that made a message, the innermost first. `token`: what acknowledges the message. */
export function splitsOf(parts: unknown, token: string): Split[] {
  const batch = readToken(token)?.token ?? token;
  const splits: Split[] = [];
  for (let at: unknown = parts; typeof at === 'object' && at !== null; ) {
    const { id, index, count, type, len, parts: outer }: Record<string, unknown> = { ...at };
    // A poll node that sends one record a message marks them too, and each is acknowledged by itself.
    if (type === 'array' && typeof id === 'string' && id !== batch && isPlace(index) && isPlace(count) && index < count)
      splits.push({ id, index, count, size: isPlace(len) ? len : 1 });
    at = outer;
  }
  return splits;
}

/** A whole number that is not negative; flows may have written anything. */
const isPlace = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** A record, an event, or one quantity of a record, that a message has. */
export interface CarriedItem {
  eventId: number;
  feed?: EventFeed;
  /** What acknowledges it, if it says so. */
  token?: string;
  /** Of a quantity. */
  part?: { key: string; of: number };
}

/** What a message has of its delivery: all of it, single items, or one share of a split whose content was replaced. */
export type Carried = { what: 'all' } | { what: 'items'; items: CarriedItem[] } | { what: 'share'; splits: Split[] };

/** What `msg.delivery` says, as far as it matters here. */
interface DeliveryHandle {
  token: string;
  count?: number;
  quantities?: number;
}

/** The properties of a message by which its share of a delivery is known. */
export interface CarrierMessage {
  delivery?: DeliveryHandle;
  parts?: unknown;
  feeds?: unknown;
}

/** What a message has of its delivery. A `content` of records, events or quantities, even an empty list, is what it has; any
 *  other content, such as the answer of a billing system, stands for all that the message was made of.
 *  @throws INPUT_INVALID when the message is a share of the delivery and nothing says which */
export function carriedBy(content: unknown, { delivery, parts, feeds }: CarrierMessage, token: string): Carried {
  const items = itemsOf(content, feeds);
  if (items) return { what: 'items', items };
  const splits = splitsOf(parts, token);
  if (splits.length === 0) return { what: 'all' };
  if (isWholly(splits, delivery)) return { what: 'share', splits };
  throw AdapterError.advising(
    'INPUT_INVALID',
    `Events or records: the message is a share of a delivery, but its content is ${shapeOf(content)}. Keep the records or quantities on ` +
      'the message, and say where they are.',
    { subject: 'items' },
  );
}

/** True if the shares add up to the whole delivery: the first split took all of it apart, and each later one a whole share of
 *  the one before, or what a meter made of it. Otherwise the last share would settle records that no message carried. */
function isWholly(splits: readonly Split[], { count, quantities }: Partial<DeliveryHandle> = {}): boolean {
  let totals = [count, quantities];
  for (const split of splits.toReversed()) {
    const fitting = totals.flatMap(total => (total !== undefined && isSplitOf(split, total) ? [total] : []));
    if (fitting.length === 0) return false;
    const { index, count: of, size } = split;
    totals = [...fitting.map(total => (index < of - 1 ? size : total - (of - 1) * size)), quantities];
  }
  return true;
}

/** The messages of the split hold exactly `total` items. */
const isSplitOf = ({ count, size }: Split, total: number): boolean =>
  (count - 1) * size < total && total <= count * size;

/** The items that a content consists of; null when anything in it is not one. */
function itemsOf(content: unknown, feeds: unknown): CarriedItem[] | null {
  const list: unknown[] = Array.isArray(content) ? content : [content];
  const items: CarriedItem[] = [];
  for (const [index, one] of list.entries()) {
    const item = itemOf(one);
    if (!item) return null;
    const feed = Array.isArray(feeds) && feeds.length === list.length ? wordOf(eventFeeds, feeds[index]) : undefined;
    items.push(feed === undefined ? item : { ...item, feed });
  }
  return items;
}

/** An event or a record has its `EventId`; a quantity has its key and how many its record has. */
function itemOf(one: unknown): CarriedItem | null {
  if (typeof one !== 'object' || one === null) return null;
  const { EventId, recordId, key, recordQuantities, token }: Record<string, unknown> = { ...one };
  if (typeof EventId === 'number' && Number.isSafeInteger(EventId)) return { eventId: EventId };
  const isQuantity = typeof recordId === 'number' && typeof key === 'string' && typeof recordQuantities === 'number';
  if (!isQuantity) return null;
  const part = { key, of: Math.max(1, recordQuantities) };
  return { eventId: recordId, part, ...(typeof token === 'string' ? { token } : {}) };
}
