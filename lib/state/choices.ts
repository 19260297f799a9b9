import type { Choice } from '../choice';
import type { Store } from './port';
import { listReaders } from './tables/cursor';
import { listUnended } from './tables/workflow';

const most = 500;

/** What dialogs offer through a store: the names of readers, and the runs of workflows that can be steered. */
export const stateChoices = {
  reader: async ({ store }: { store: Store }): Promise<Choice[]> =>
    (await store.transaction(tx => listReaders(tx))).map(name => ({ value: name, label: name })),
  run: async ({ store }: { store: Store }): Promise<Choice[]> =>
    (await store.transaction(tx => listUnended(tx, most))).map(({ id, name, key, state }) => ({
      value: id,
      label: `${key} · ${name} · ${state}`,
    })),
};
