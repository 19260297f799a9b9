import { methodOf } from '../../wap/client/method';
import type { Batch, DeliveredEvent } from './delivery';
import type { WholePlan } from './whole-plan';

/** What goes out for a batch: the properties of one message. */
export interface EventMessage {
  topic: string;
  payload: unknown;
  /** Goes with the message to its acknowledgement; its `token` is what settles the batch. */
  delivery: Omit<Batch, 'events'>;
  /** The whole plan or add-on: the event of a PATCH says only what changed. */
  wap?: WholePlan;
  /** Of a batch: the feed of each event of `payload`, in its order. */
  feeds?: string[];
}

/** One event as a message, with the plan or add-on it is about. */
export function singleMessage(batch: Batch, { feed, event }: DeliveredEvent, whole: WholePlan | null): EventMessage {
  const topic = `${feed}/${methodOf(event.Method)}`;
  return { topic, payload: event, delivery: deliveryOf(batch), ...(whole ? { wap: whole } : {}) };
}

/** The events of a batch as an array. */
export function batchMessage(batch: Batch): EventMessage {
  const { feed: topic, events } = batch;
  const feeds = events.map(({ feed }) => feed);
  return { topic, payload: events.map(({ event }) => event), feeds, delivery: deliveryOf(batch) };
}

/** Without the events: they are the payload. */
function deliveryOf({ events: _, ...delivery }: Batch): EventMessage['delivery'] {
  return delivery;
}
