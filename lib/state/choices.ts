import type { Choice } from '../choice';
import type { Store } from './port';
import { listReaders } from './tables/cursor';
import { listUnended } from './tables/workflow';

/** A dialog's list ends here: who has more open runs finds one by its filter on the desk, not in a list of suggestions. */
const most = 500;

/** What dialogs suggest from a store: reader names, and runs that can be resumed or cancelled. */
export const stateChoices = {
  reader: async ({ store }: { store: Store }): Promise<Choice[]> =>
    (await store.transaction(tx => listReaders(tx))).map(name => ({ value: name, label: name })),
  run: async ({ store }: { store: Store }): Promise<Choice[]> =>
    (await store.transaction(tx => listUnended(tx, most))).map(({ id, name, key, state }) => ({
      value: id,
      label: `${key} · ${name} · ${state}`,
    })),
};
