/** On a Node-RED of its own, because it is killed. */
import assert from 'node:assert/strict';
import { onEachMajor } from '../harness/repository';
import { startWorld } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { common, configuration } from './state-world';

const type = 'mapping-store';
const nodes = nodesOf(type, { put: {}, get: { operation: 'get' } }, { outputs: 2, ...common });
const lasting = {
  wap: { kind: 'plan', plan: { Id: 'lasting', DisplayName: 'Lasting' } },
  billing: { offer: { remoteId: 'b-lasting' } },
};

onEachMajor(`${type}, killed`, major => {
  it('finds its entries again', async function () {
    this.timeout(120_000);
    const world = await startWorld({ major });
    try {
      const bench = await Bench.start(world, configuration, nodes);
      await bench.answer('put', lasting);
      await world.nodeRed.kill9();
      await world.nodeRed.start();
      const { mapping } = await bench.answer('get', lasting);
      const { kind, wapId, billingId } = mapping as Record<string, string>;
      assert.deepEqual([kind, wapId, billingId], ['plan', 'lasting', 'b-lasting']);
    } finally {
      await world.stop();
    }
  });
});
