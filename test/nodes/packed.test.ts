/** One good message through each node of the packed package, loaded by a real Node-RED; what a node does with other messages is
 *  tested in this process. Nodes that begin by themselves, and those of workflows, run in the examples (test/flows). */
import assert from 'node:assert/strict';
import { onEachMajor, readPackage, repository } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { common, configuration } from './state-world';

const wapOnly = { connection: 'wap' };
const cases: Record<string, Properties> = {
  'wap-plan-create': { ...wapOnly, displayName: 'Packed', displayNameType: 'str', kind: 'plan', kindType: 'str' },
  'wap-plan-configure': { ...wapOnly, price: '9 EUR', priceType: 'str' },
  'wap-plan-publish': wapOnly,
  'wap-plan-get': wapOnly,
  'wap-plan-clone': wapOnly,
  'wap-plan-delete': { ...wapOnly, allowPublic: true },
  'wap-subscription': { ...wapOnly, operation: 'list', outputs: 3 },
  'billing-plan-create': common,
  'billing-propagation-check': common,
  'billing-plan-retire': common,
  'mapping-store': common,
  'billing-reconcile': { ...common, graceMinutes: '0' },
  'billing-report': { ...common, report: 'overview' },
};
const inExamples = [
  ...['wap-usage-poll', 'wap-event-poll', 'wap-ack', 'wap-approval-in', 'wap-price-in', 'wap-response'],
  ...['billing-usage-meter', 'billing-usage-send', 'billing-subscription', 'wap-workflow-start', 'wap-workflow-end'],
  ...['wap-workflow-wait', 'wap-workflow-delay', 'wap-workflow-join', 'wap-workflow-each'],
];
const configurations = ['wap-connection', 'billing-connection', 'billing-state'];

onEachMajor('the packed package', major => {
  let world: World;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major, wap: { quotaSyncMs: 0 } });
    const nodes = Object.entries(cases).flatMap(([type, properties]) =>
      nodesOf(type, { [type]: properties }, { outputs: 3 }),
    );
    bench = await Bench.start(world, configuration, nodes);
  });
  after(() => world.stop());

  /** The message that the node before left, as in a flow. */
  let message: Properties = { wap: { kind: 'plan' } };
  const passes = async (type: string) => {
    message = await bench.answer(type, message);
    assert.deepEqual(await bench.tally(type), { complete: 1, error: 0, sent: 1 });
    assert.ok(bench.status(type), `${type} shows no status`);
  };

  for (const type of Object.keys(cases)) it(`takes a message through ${type}`, () => passes(type));

  it('has no node that is neither here nor in an example', () => {
    const types = Object.keys(readPackage(repository)['node-red']?.nodes ?? {});
    assert.deepEqual(types.sort(), [...Object.keys(cases), ...inExamples, ...configurations].sort());
  });
});
