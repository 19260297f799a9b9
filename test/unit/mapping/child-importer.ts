import { systemClock } from '../../../lib/async/clock';
import { importMapping } from '../../../lib/mapping/import';
import { Mapping } from '../../../lib/mapping/mapping';
import { acquireStore } from '../../../lib/state/open';
import type { Store } from '../../../lib/state/port';
import { statementByStatement } from './parted-store';

/** A process of its own for mapping-import.test.ts: imports a file, telling each part that it has committed. */
const [folder = '', file = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const { store } = await acquireStore('state.sqlite', folder);
  const telling: Store = statementByStatement(store, async () => {
    process.stdout.write('.');
    await new Promise(resolve => setTimeout(resolve, 1)); // the parent is to have its turn before the next
  });
  const mapping = new Mapping(telling, systemClock, { installation: 'wap', target: 'billing' });
  await importMapping(mapping, file, { format: 'json', mode: 'replace-all', by: 'child' });
  process.stdout.write('done');
  setInterval(() => undefined, 1000);
}

void main();
