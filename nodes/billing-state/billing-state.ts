import { systemClock } from '../../lib/clock';
import { examineStore } from '../../lib/state/examine';
import { acquireStore } from '../../lib/state/open';
import { settledOf } from '../../lib/usage/settled';
import { defineConfig } from '../../runtime/define-config';
import { text } from '../../runtime/inputs';

export = defineConfig({
  type: 'billing-state',
  settings: { address: text().preset('${BILLING_STATE:-wap-billing.sqlite}') },
  secrets: [],
  open: async ({ address }, { userDir, warn }) => {
    const { store, release } = await acquireStore(address, userDir, systemClock, warn);
    return { store, settled: settledOf(store), close: release };
  },
  examine: ({ address }, { userDir }) => examineStore(address, userDir),
});
