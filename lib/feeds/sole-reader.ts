import { SoleOwners } from '../async/sole-owner';
import { AdapterError } from '../errors';
import type { Store } from '../state/port';

/** Who reads what in this process. Two readers of one name would each get a part of everything. */
const readers = new SoleOwners<Store, string>();

/** Makes `owner` the only one in this process that reads an installation under a reader's name into a store; another process
 *  is kept out by the store itself. Answers how to give it back.
 *  @throws INPUT_CONFIG naming who has it; trying again later may succeed. */
export function claimReader(
  store: Store,
  { installation, consumer: reader }: { installation: string; consumer: string },
  owner: string,
  what: 'events' | 'usage' = 'events',
): () => void {
  const key = JSON.stringify([what, installation, reader]);
  const release = readers.take(store, key, owner);
  if (release) return release;
  throw AdapterError.advising(
    'INPUT_CONFIG',
    `consumer: "${readers.of(store, key)}" already reads the ${what} of ${installation} as "${reader}" into ${store.name}. ` +
      'Remove one of the two, or give this one another name here; it then gets everything too.',
    { subject: 'consumer', retryable: true },
  );
}

/** Another start, of this process or another one, has taken the feed over: nothing may be written any more. */
export function takenOver(
  what: 'events' | 'usage',
  { installation, consumer: reader }: { installation: string; consumer: string },
): AdapterError {
  return AdapterError.advising(
    'STATE_READER',
    `Another poll node reads the ${what} of ${installation} for ${reader}: keep one of them, or give them different reader ` +
      'names.',
    { subject: `${installation}/${reader}` },
  );
}
