import { AdapterError, invalid } from '../../errors';
import { type EventFeed, eventFeeds } from '../../wap/types';
import { wordOf } from '../../words';
import type { EventOutcome, Outcome } from '../outcome';

/** The outcome of single things; `token`: what acknowledges it, where that is not the message's. */
export type NamedOutcome = EventOutcome & { token?: string };

/** What is meant where an outcome does not say it. */
export interface OutcomeDefaults {
  retrySeconds: number;
  reason: string | undefined;
}

/** What a flow says became of a delivery: one word for all of it, or a list of
 *  `{ EventId, outcome, feed?, retrySeconds?, reason?, token?, key?, recordQuantities? }` for single events. Words: `delivered`,
 *  `duplicate`, `retry`, `waiting`, `deadLetter`.
 *  @throws INPUT_INVALID naming the field; INPUT_MISSING for a dead letter without reason. */
export function readOutcomes(value: unknown, defaults: OutcomeDefaults): Outcome | NamedOutcome[] {
  if (!Array.isArray(value)) return readOutcome(value, 'outcome', defaults);
  return value.map((item: unknown, index) => readEventOutcome(item, `outcome[${index}]`, defaults));
}

/** One element of the list. @throws INPUT_INVALID, INPUT_MISSING by its place */
function readEventOutcome(item: unknown, field: string, defaults: OutcomeDefaults): NamedOutcome {
  if (typeof item !== 'object' || item === null) throw invalid(field, 'an object with EventId and outcome', item);
  const { EventId: eventId, outcome, feed, retrySeconds, reason }: Record<string, unknown> = { ...item };
  if (typeof eventId !== 'number') throw invalid(`${field}.EventId`, 'the number of an event of the delivery', eventId);
  const known = wordOf(eventFeeds, feed);
  if (feed !== undefined && !known) throw invalid(`${field}.feed`, `one of ${eventFeeds.join(', ')}`, feed);
  const own = {
    retrySeconds: typeof retrySeconds === 'number' ? retrySeconds : defaults.retrySeconds,
    reason: typeof reason === 'string' ? reason : defaults.reason,
  };
  return { ...readOutcome(outcome, `${field}.outcome`, own), eventId, ...feedPart(known), ...quantityPart(item) };
}

/** What `billing-usage-send` adds where a message has not all of a record, or records of several deliveries. */
function quantityPart(item: object): Pick<NamedOutcome, 'token' | 'part'> {
  const { token, key, recordQuantities: of }: Record<string, unknown> = { ...item };
  return {
    ...(typeof token === 'string' && token !== '' ? { token } : {}),
    ...(typeof key === 'string' && typeof of === 'number' && of > 1 ? { part: { key, of, by: '', copies: 1 } } : {}),
  };
}

const feedPart = (feed: EventFeed | undefined) => (feed ? { feed } : {});

/** One word, with what belongs to it. @throws INPUT_INVALID; INPUT_MISSING for a dead letter without reason */
function readOutcome(given: unknown, field: string, { retrySeconds, reason }: OutcomeDefaults): Outcome {
  const word = wordOf(['delivered', 'duplicate', 'retry', 'waiting', 'deadLetter'], given);
  switch (word) {
    case 'delivered':
    case 'duplicate':
      return { result: word };
    case 'retry':
      return { result: 'retry', afterMs: retrySeconds * 1000 };
    case 'waiting':
      return { result: 'waiting', reason: reason ?? 'The flow said so.' };
    case 'deadLetter':
      if (reason) return { result: 'dead', reason };
      throw AdapterError.advising('INPUT_MISSING', 'reason: a dead letter needs one. Say why the event is given up.', {
        subject: 'reason',
      });
    default:
      throw invalid(field, 'delivered, duplicate, retry, waiting or deadLetter', given);
  }
}
