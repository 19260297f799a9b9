import { wordOf } from '../../words';

const methods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

export type EventMethod = (typeof methods)[number];

/** What the `Method` of an event or of an approval request means, in any case. One that nobody documented (dn448824 shows
 *  "0") brings the whole thing, new or not, like POST: what exists already is then brought up to it, and nothing is lost.
 *  Source: dn448756. */
export function methodOf(method: unknown): EventMethod {
  return wordOf(methods, method) ?? 'POST';
}
