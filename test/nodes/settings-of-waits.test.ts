/** How often and how long a step waits, and how often a loop may come to it, are no part of what it did. */
import assert from 'node:assert/strict';
import type { QuestionNotice } from '../../lib/questions/notice';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { configuration, create, end, node, type Properties, start, wait } from './run-flows';
import { startWapWorld } from './wap-world';

const asks = (z: string) => [wait(z, { yes: ['end'], no: ['end'] }), end(z)];
const flows = (clone: Properties, subscription: Properties): FlowNode[] => [
  ...configuration,
  ...['clone', 'tenant'].map(id => ({ id, type: 'tab', label: id })),
  ...[start('clone', ['made']), create('clone', 'made', ['cloned'])],
  node('clone', 'cloned', 'wap-plan-clone', [['wait'], []], {
    ...{ connection: 'ok', kind: 'plan', kindType: 'str', planId: 'wap.plan.Id', planIdType: 'msg', cloneName: '' },
    ...clone,
  }),
  ...asks('clone'),
  start('tenant', ['suspended']),
  node('tenant', 'suspended', 'wap-subscription', [['wait'], [], []], {
    ...{ connection: 'ok', operation: 'suspend', subscriptionId: 's1', subscriptionIdType: 'str', ...subscription },
  }),
  ...asks('tenant'),
];

onEachMajor('settings of a step that waits or is counted', major => {
  let world: World;
  const tabs = ['clone', 'tenant'];
  const deploy = (...drawn: Parameters<typeof flows>) => {
    const probes = world.probes(flows(...drawn));
    for (const tab of tabs) {
      probes.drive(tab, `${tab} start`).drive(`${tab}-answer`, `${tab} wait`).catches(`${tab} error`, tab);
      probes.watch(`${tab} asked`, `${tab} wait`, 3).watch(`${tab} ended`, `${tab} end`);
    }
    return world.deploy(probes.done());
  };
  before(async function () {
    this.timeout(120_000);
    world = await startWapWorld({ major });
    world.wap.seed({
      plans: [{ Id: 'p1', DisplayName: 'P', State: 1 }],
      subscriptions: [{ PlanId: 'p1', SubscriptionID: 's1' }],
    });
  });
  after(() => world.stop());

  it('may change while the run is open', async () => {
    await deploy({ rounds: '3' }, { intervalSeconds: '1', deadlineMinutes: '10' });
    for (const tab of tabs) {
      await world.inject(tab, { topic: tab });
      await world.message(`${tab} asked`);
    }
    await deploy({ rounds: '5' }, { intervalSeconds: '2', deadlineMinutes: '20' });
    await world.nodeRed.restart();
    for (const tab of tabs) {
      const question = world.messages(`${tab} asked`)[0]?.question as QuestionNotice;
      await world.inject(`${tab}-answer`, { answer: { run: question.run, choice: 'Yes', by: 'eva' } });
      await world.message(`${tab} ended`);
      assert.deepEqual(world.messages(`${tab} error`), []);
    }
    assert.equal(world.wap.state.plans.filter(({ DisplayName }) => DisplayName.startsWith('clone')).length, 2);
  }).timeout(60_000);
});
