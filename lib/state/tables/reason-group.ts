import { isSameId } from '../../ids';

/** Any GUID, in braces or not. */
const guid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;
/** Times, and numbers long enough to be an id. */
const running = /\d[\d:.+-]*T\d[\d:.]*Z?|\d{4,}(?:[.-]\d+)*/g;
/** Characters of a group, which is a key of an index. */
const longest = 200;

/** The common form of a reason: ids, times and long numbers become `…`, so that a thousand refusals for one cause form one
 *  group. `about`: the id of what it is about, whatever it looks like. */
export function reasonGroupOf(reason: string, about: string | null = null): string {
  const words = reason.slice(0, 4 * longest).split(/([\s"'(),;:]+)/);
  const isIt = (word: string) => about !== null && about !== '' && isSameId(word.replace(/\.$/, ''), about);
  const general = words.map(word => (isIt(word) ? '…' : word)).join('');
  return general.replace(guid, '…').replace(running, '…').slice(0, longest);
}
