import { wordOf } from '../../words';

const methods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** What happened to the entity of an event. */
export type EventMethod = (typeof methods)[number];

/** What the `Method` of an event or approval request means, in any case. An undocumented one (dn448824 shows "0") is treated as
 *  POST, which carries the whole entity: an existing one is brought up to it, so nothing is lost.
 *  Source: dn448756. */
export function methodOf(method: unknown): EventMethod {
  return wordOf(methods, method) ?? 'POST';
}
