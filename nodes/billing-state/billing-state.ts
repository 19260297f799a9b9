import { systemClock } from '../../lib/async/clock';
import { LetterWorker } from '../../lib/desk/letter-jobs';
import { settledOf } from '../../lib/feeds/settled';
import { stateChoices } from '../../lib/state/choices';
import { examineStore } from '../../lib/state/examine';
import { acquireStore } from '../../lib/state/open';
import { Days } from '../../lib/usage/totals/days';
import { defineConfig } from '../../runtime/define-config';
import { deskRoutes } from '../../runtime/desk/routes';
import { hint } from '../../runtime/hints';
import { text } from '../../runtime/inputs';
import { tellOrphans } from '../../runtime/run/orphans';

export = defineConfig({
  type: 'billing-state',
  settings: {
    address: text().preset('${BILLING_STATE:-wap-billing.sqlite}'),
    timeZone: text().preset('UTC'),
  },
  secrets: [],
  open: async ({ address, timeZone }, { userDir, warn }) => {
    const days = new Days(timeZone);
    const { store, release } = await acquireStore(address, userDir, systemClock, warn);
    const settled = settledOf(store);
    const tell = () => hint('overview', 'letters', 'usage');
    settled.addEventListener('settled', tell);
    const ends = new AbortController();
    const working = new LetterWorker(store, systemClock, ends.signal, () => hint('letters', 'acts')).run();
    const close = async () => {
      settled.removeEventListener('settled', tell);
      ends.abort();
      await working;
      await release();
    };
    return { store, folder: userDir, settled, days, close };
  },
  flowsStarted: (RED, node, { store }) => tellOrphans(RED, node, store),
  routes: deskRoutes,
  choices: stateChoices,
  examine: ({ address }, { userDir }) => examineStore(address, userDir),
});
