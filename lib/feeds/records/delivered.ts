import type { Tx } from '../../state/port';
import { exceptionEdge } from '../../state/tables/usage-exception';
import { nextPage } from '../../state/tables/usage-page';
import { sliceEdge } from '../../state/tables/usage-slice';
import { setStreamDelivered, type UsageStream } from '../../state/tables/usage-stream';

/** Writes down how far the records are delivered: the highest settled id with nothing open below it. It goes back
 *  when WAP shows an id late, or when somebody lets a record go again that was given up. */
export async function refreshDelivered(tx: Tx, stream: UsageStream): Promise<void> {
  const page = await nextPage(tx, stream.id);
  const edges = [
    await sliceEdge(tx, stream.id),
    await exceptionEdge(tx, stream.id),
    page && { id: page.openId, before: page.before },
  ];
  let lowest = { id: Number.POSITIVE_INFINITY, before: stream.fetched };
  for (const edge of edges) if (edge && edge.id < lowest.id) lowest = edge;
  if (lowest.before !== stream.delivered) await setStreamDelivered(tx, stream.id, lowest.before);
}
