import { meteredBefore, readRecords, unmetered } from '../meter/unmetered';
import { rebuildOf } from '../totals/rebuild';
import { deliver } from './deliver';
import type { Delivered, SendTools } from './delivered';
import { isWhole, readQuantities } from './read-quantities';
import { type Rejected, rejectedOdd, rejectedOf } from './report';

/** What an operator chooses. */
export interface SendChoices {
  /** What messages hold: quantities of a meter, or records that need no rules. */
  source: 'quantities' | 'records';
  /** Settles the records; else the flow does, by `msg.outcome`. */
  acknowledge: boolean;
  /** How many nodes get a copy of each record and acknowledge it: the record is settled when all of them have. */
  copies: number;
}

/** The properties of a message with usage that decide how it is acknowledged. */
export interface UsageMessage {
  delivery?: {
    token: string;
    feed: string;
    attempt?: number;
    quantities?: number;
    replay?: unknown;
    rebuild?: unknown;
  };
  parts?: unknown;
}

/** What became of a message. */
export interface SentMessage extends Delivered {
  /** Which delivery of the message's records it was, from 1. */
  attempt: number;
  /** What billing refused for good, and values that are no quantities. */
  rejected: Rejected[];
}

/** Sends what a message holds and settles its records. See `deliver`.
 *  @throws INPUT_INVALID naming what is no quantity or no record; STATE_DELIVERY */
export async function sendMessage(
  usage: unknown,
  message: UsageMessage,
  { source, acknowledge, copies }: SendChoices,
  tools: SendTools,
): Promise<SentMessage> {
  const { delivery } = message;
  const origin = { installation: tools.scope.installation, feed: delivery?.feed ?? 'usage' };
  const { quantities, odd, without } =
    source === 'records' ? await unmetered(readRecords(usage), origin) : meteredBefore(readQuantities(usage));
  const attempt = delivery?.attempt ?? 1;
  const delivered = await deliver(quantities, {
    ...tools,
    token: acknowledge ? (delivery?.token ?? null) : null,
    carries: source === 'quantities' && isWhole(message, quantities) ? 'batch' : 'own',
    without,
    copies,
    attempt,
    rebuild: delivery ? rebuildOf(delivery) : null,
  });
  return { ...delivered, attempt, rejected: [...rejectedOdd(odd, origin), ...rejectedOf(delivered)] };
}
