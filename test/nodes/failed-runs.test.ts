/** Failed runs: told to Catch until something takes them up, and tried again by code as the start node says. */
import assert from 'node:assert/strict';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { configuration, create, end, start } from './run-flows';
import { startWapWorld } from './wap-world';

const rules = JSON.stringify([{ code: 'WAP_CONFLICT', everyMinutes: '0.02', most: '30' }]);
const flows: FlowNode[] = [
  ...configuration,
  { id: 'once', type: 'tab', label: 'once' },
  ...[start('once', ['create']), create('once', 'create', ['end']), end('once')],
  { id: 'ruled', type: 'tab', label: 'ruled' },
  ...[start('ruled', ['create'], { retryRules: rules }), create('ruled', 'create', ['end']), end('ruled')],
];

onEachMajor('a run that failed', major => {
  let world: World;
  const deployed = () => {
    const probes = world.probes(flows);
    for (const tab of ['once', 'ruled']) {
      probes.drive(tab, `${tab} start`).catches(`${tab} error`, tab).watch(`${tab} ended`, `${tab} end`);
    }
    return probes.done();
  };
  before(async function () {
    this.timeout(120_000);
    world = await startWapWorld({ major });
    await world.deploy(deployed());
  });
  after(() => world.stop());

  const told = (tab: string, topic: string) =>
    world.messages(`${tab} error`).filter(each => each.topic === topic).length;
  const toldTimes = (tab: string, topic: string, times: number) =>
    world.until(`${topic} is told ${times} times`, () => told(tab, topic) >= times);
  const ended = (tab: string, topic: string) =>
    world.until(`${topic} ends`, () => world.messages(`${tab} ended`).some(each => each.topic === topic));
  const taken = (DisplayName: string) => world.wap.seed({ plans: [{ Id: `taken-${DisplayName}`, DisplayName }] });

  it('is told at each start until it is taken up, and not by a deploy', async () => {
    taken('Gold');
    await world.inject('once', { topic: 'Gold' });
    await toldTimes('once', 'Gold', 1);
    await new Promise(resolve => setTimeout(resolve, 1200)); // Catch has had it
    await world.deploy([...deployed(), { id: 'other', type: 'tab', label: 'other' }]);
    await world.nodeRed.kill9();
    await world.nodeRed.start();
    await toldTimes('once', 'Gold', 2);
    await world.nodeRed.restart();
    await toldTimes('once', 'Gold', 3);
    await world.inject('once', { control: 'cancel', run: 'Gold' });
    await world.inject('once', { topic: 'Silver' });
    await ended('once', 'Silver');
    await world.nodeRed.restart();
    await world.inject('once', { topic: 'Iron' });
    await ended('once', 'Iron');
    assert.equal(told('once', 'Gold'), 3);
  }).timeout(60_000);

  it('is tried again by its code before that, over a kill too', async () => {
    const refused = world.wap.faults.add({ kind: 'status', status: 409, method: 'POST', path: '/plans', times: 2 });
    await world.inject('ruled', { topic: 'Tin' });
    await refused.untilHit(1);
    await world.nodeRed.kill9();
    await world.nodeRed.start();
    await ended('ruled', 'Tin');
    assert.equal(told('ruled', 'Tin'), 0);
    assert.equal(world.wap.state.plans.filter(({ DisplayName }) => DisplayName === 'Tin').length, 1);
  }).timeout(60_000);
});
