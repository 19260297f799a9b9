import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import * as billing from './billing-world';
import { startInProcessWapWorld, connections as wapConnections } from './wap-world';

const type = 'billing-reconcile';
const others = [
  ...wapConnections.map(node => ({ ...node, id: `wap-${node.id}` })),
  ...billing.connections.map(node => ({ ...node, id: `billing-${node.id}` })),
  { id: 'state', type: 'billing-state', name: '', address: 'tests.sqlite' },
];
const nodes = nodesOf(
  type,
  {
    compare: { graceMinutes: '0' },
    few: { graceMinutes: '0', limit: '${FEW}' },
    dry: { mode: 'bootstrap' },
    fill: { mode: 'bootstrap', dryRun: false },
    refused: { billing: 'billing-refused' },
    nobody: { connection: 'wap-nobody' },
    unwired: { connection: '' },
  },
  { connection: 'wap-ok', billing: 'billing-ok', state: 'state', outputs: 2 },
);

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major, env: { FEW: '2', WRONG_TOKEN: 'no' } });
    world.wap.seed({ plans: [{ Id: 'gold', DisplayName: 'Gold', State: 1 }], herd: { count: 5 } });
    world.billing.seed({ offers: [{ key: 'gold', name: 'Gold', state: 'active' }] });
    bench = await Bench.start(world, others, nodes);
  });
  after(() => world.stop());

  interface Report {
    differences: { total: number; sent: number; byRemedy: Record<string, number> };
    mapped: Record<string, number>;
  }
  const report = async (id: string, message = {}) => (await bench.answer(id, message)).payload as Report;

  it('sends a message for each difference and a report at the end', async () => {
    const about = { wap: { subscription: { SubscriptionID: 'another' } }, topic: 'mine' };
    const { differences } = await report('compare', about);
    assert.deepEqual([differences.total, differences.byRemedy], [6, { map: 1, create: 5 }]);
    const sent = bench.sent('compare', 1);
    assert.deepEqual([sent.length, sent[0]?.topic, sent[0]?.wap], [6, 'map', undefined]);
    assert.equal(bench.status('compare'), '6 differences');
    assert.deepEqual(await bench.tally('compare'), { complete: 1, error: 0, sent: 7 });
  });

  it('sends no more than it may', async () => {
    const { differences } = await report('few');
    assert.deepEqual([differences.total, differences.sent, bench.sent('few', 1).length], [6, 2, 2]);
  });

  it('fills the mapping, in a dry run only in words', async () => {
    const expected = { plan: 1, addon: 0, subscription: 0, subscriptionAddon: 0 };
    assert.deepEqual((await report('dry')).mapped, expected);
    assert.deepEqual((await report('fill')).mapped, expected);
    assert.equal((await report('fill')).mapped.plan, 0);
    assert.deepEqual((await report('compare')).differences.byRemedy, { create: 5 });
  });

  for (const [id, code] of [
    ['refused', 'BILLING_AUTH'],
    ['nobody', 'WAP_NETWORK'],
    ['unwired', 'INPUT_CONFIG'],
  ] as const)
    it(`gives Catch ${code} once, and nothing else`, async () => {
      assert.equal((await bench.error(id)).code, code);
      assert.deepEqual(await bench.tally(id), { complete: 0, error: 1, sent: 0 });
    });

  it('is interrupted by a deploy without a report, and works afterwards', async () => {
    const before = await bench.tally('compare');
    const held = world.wap.faults.add({ kind: 'hold', path: /^\/subscriptions/ });
    await world.inject('compare');
    await held.untilHit();
    const from = world.nodeRed.logs.length;
    await bench.deploy();
    await world.nodeRed.waitLog(/Interrupted by a deploy/, from);
    assert.deepEqual(await bench.tally('compare'), before);
    world.wap.faults.clear();
    assert.equal((await report('compare')).differences.total, 5);
  });
});
