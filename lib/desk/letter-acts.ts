import { refreshDelivered as refreshEvents } from '../feeds/events/cursors';
import { refreshDelivered as refreshRecords } from '../feeds/records/delivered';
import type { Tx } from '../state/port';
import type { ConsumerKey } from '../state/tables/cursor';
import { discardDelivery, reopenDelivery } from '../state/tables/delivery-status';
import { reopenEventReplay } from '../state/tables/event-replay';
import type { StoredLetter } from '../state/tables/letter-details';
import { type LetterReaders, letterReaders } from '../state/tables/letter-readers';
import { discardQuarantined } from '../state/tables/quarantine';
import { discardException, reopenException } from '../state/tables/usage-exception';
import { reopenStream, streamById } from '../state/tables/usage-stream';

/** What a person does with a letter. A discarded one is given up for good, and the reason says why. */
export type LetterAct = { act: 'sendAgain' } | { act: 'discard'; reason: string };

export interface ActedOn {
  done: number;
  /** Left as they were: on their way already, settled meanwhile, or in quarantine, where nothing can be sent again. */
  passed: number;
}

/** Sends letters again, or discards them, in the caller's transaction. Whoever reads them has to be told afterwards
 *  (`tellSettled`). Safe to repeat: what has been settled since is passed over. */
export async function actOnLetters(
  tx: Tx,
  letters: readonly StoredLetter[],
  act: LetterAct,
  now: number,
): Promise<ActedOn> {
  const readers = await letterReaders(tx);
  const changed: StoredLetter[] = [];
  for (const letter of letters) if (await actOn(tx, letter, act, readers, now)) changed.push(letter);
  await refreshReaders(tx, changed, act);
  return { done: changed.length, passed: letters.length - changed.length };
}

/** How far everything is settled, once for each reader. */
async function refreshReaders(tx: Tx, changed: readonly StoredLetter[], { act }: LetterAct): Promise<void> {
  const streams = new Set<number>();
  const consumers = new Map<string, ConsumerKey>();
  for (const { key } of changed) {
    if (key.source === 'usage') streams.add(key.stream);
    if (key.source !== 'events') continue;
    const { installation, consumer } = key;
    consumers.set(JSON.stringify([installation, consumer]), { installation, consumer });
  }
  for (const id of streams) {
    const stream = await streamById(tx, id);
    if (!stream) continue;
    if (act === 'sendAgain' && stream.endedAt !== null) await reopenStream(tx, id); // a replay that had ended
    await refreshRecords(tx, stream);
  }
  for (const consumer of consumers.values()) await refreshEvents(tx, consumer);
}

/** Does the act to one letter; false when it is passed over. A replay that had ended goes on with it. */
async function actOn(
  tx: Tx,
  { key }: StoredLetter,
  act: LetterAct,
  readers: LetterReaders,
  now: number,
): Promise<boolean> {
  switch (key.source) {
    case 'usage':
      if (act.act === 'discard') return discardException(tx, key.stream, key.eventId, act.reason, now);
      return reopenException(tx, key.stream, key.eventId, now);
    case 'events': {
      const { source: _source, ...of } = key;
      if (act.act === 'discard') return discardDelivery(tx, of, act.reason, now);
      const isFree = await reopenDelivery(tx, of, now);
      const { installation, consumer } = of;
      const replay = readers.events.find(
        each => each.run !== '' && each.installation === installation && each.as === consumer,
      );
      if (isFree && replay) await reopenEventReplay(tx, { installation, consumer: replay.consumer }, replay.run);
      return isFree;
    }
    default: {
      const { source: _source, ...of } = key;
      return act.act === 'discard' && discardQuarantined(tx, of, now);
    }
  }
}
