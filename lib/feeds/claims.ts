import { AdapterError } from '../errors';
import type { Store } from '../state/port';

const readers = new WeakMap<Store, Map<string, string>>();

/** Makes `owner` the only one in this process that reads an installation for a consumer into a store; another process is
 *  kept out by the store itself. Answers how to give it back.
 *  @throws INPUT_CONFIG naming who has it; trying again later may succeed. */
export function claimReader(
  store: Store,
  { installation, consumer }: { installation: string; consumer: string },
  owner: string,
  what: 'events' | 'usage' = 'events',
): () => void {
  const claimed = readers.get(store) ?? new Map<string, string>();
  readers.set(store, claimed);
  const key = JSON.stringify([what, installation, consumer]);
  const holder = claimed.get(key);
  if (holder !== undefined) {
    throw AdapterError.advising(
      'INPUT_CONFIG',
      `consumer: "${holder}" already reads the ${what} of ${installation} as "${consumer}" into ${store.name}. Remove one ` +
        'of the two, or give this one another name here; it then gets everything too.',
      { subject: 'consumer', retryable: true },
    );
  }
  claimed.set(key, owner);
  return () => {
    claimed.delete(key);
  };
}
