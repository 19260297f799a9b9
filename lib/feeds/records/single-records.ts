import { AdapterError } from '../../errors';
import type { Store, Tx } from '../../state/port';
import { listExceptions } from '../../state/tables/usage-exception';
import { streamById } from '../../state/tables/usage-stream';
import { refreshDelivered } from './delivered';

/** A record that is kept singly, for a person. */
export interface SingleRecord {
  eventId: number;
  attempts: number;
  reason: string | null;
  /** ms UTC. */
  since: number;
  /** As WAP sent it, parsed; it may be what was wrong with it. */
  record: unknown;
}

/** Dead letters, or records whose subscription has no mapping, in id order. */
export async function singleRecords(
  store: Store,
  stream: number,
  status: 'dead' | 'waiting',
  limit: number,
): Promise<SingleRecord[]> {
  const rows = await store.transaction(tx => listExceptions(tx, stream, status, limit));
  return rows.map(({ eventId, attempts, reason, since, body }) => ({
    ...{ eventId, attempts, reason, since },
    record: JSON.parse(body) as unknown,
  }));
}

/** Does what a person wants with one of them.
 *  @throws STATE_NOT_FOUND when `act` finds that it is none. */
export async function actByHand(
  store: Store,
  stream: number,
  eventId: number,
  act: (tx: Tx) => Promise<boolean>,
): Promise<void> {
  await store.transaction(async tx => {
    if (!(await act(tx))) {
      const sentence = `Usage record ${eventId} is neither a dead letter nor waiting.`;
      throw new AdapterError('STATE_NOT_FOUND', sentence, { subject: 'usage' });
    }
    const found = await streamById(tx, stream);
    if (found) await refreshDelivered(tx, found);
  });
}
