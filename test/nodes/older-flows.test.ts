import assert from 'node:assert/strict';
import { asSaved, savedFlows } from '../contract/saved-flows';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { configuration } from './state-world';

const chosen = {
  'wap-connection': 'wap',
  'billing-connection': 'billing',
  'billing-state': 'state',
};

onMajorsOfThisNode('flows of earlier versions', major => {
  for (const { version, nodes } of savedFlows()) {
    let world: World<InProcess> | undefined;
    before(async function start() {
      this.timeout(120_000);
      world = await startInProcessWorld({ major, flows: [{ id: 'tab', type: 'tab' }] });
    });
    after(() => world?.stop());

    it(`start without a complaint (${version})`, async function starts() {
      this.timeout(60_000);
      assert.ok(world);
      const saved = nodes.filter(([type]) => !(type in chosen));
      const flows = saved.map(([type, properties]) => asSaved(type, properties, chosen));
      const from = world.nodeRed.logs.length;
      await world.deploy([{ id: 'tab', type: 'tab', label: 'as it was' }, ...configuration, ...flows]);
      // What starts by itself has asked WAP, so that it would have complained.
      await world.until('the polls', () => world?.log.entries({ path: '/usage' })[0]);
      const complaints = world.nodeRed.logs.slice(from).filter(line => /\[(warn|error)\]/.test(line));
      assert.deepEqual(complaints, []);
    });
  }
});
