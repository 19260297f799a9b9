/** A function that gives another value in each pass of a run is told apart from a flow that somebody edited. */
import assert from 'node:assert/strict';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { code, configuration, create, end, node, start, wait } from './run-flows';
import { startWapWorld } from './wap-world';

const timed = 'msg.text = String(Math.random()); return msg;';

onEachMajor('a step whose value differs after a restart', major => {
  let world: World;
  before(async function () {
    this.timeout(120_000);
    world = await startWapWorld({ major });
  });
  after(() => world.stop());

  /** A run that stands at a question behind a plan with this description. */
  const flows = (func: string): FlowNode[] => {
    const plan = { ...create('sale', 'made', ['moved']), description: 'text', descriptionType: 'msg' };
    const probes = world.probes([
      { id: 'sale', type: 'tab', label: 'sale' },
      ...configuration,
      ...[start('sale', ['function']), code('sale', 'function', func, ['made']), plan],
      node('sale', 'moved', 'change', [['wait']], { rules: [] }),
      ...[wait('sale', { yes: ['end'], no: ['end'] }), end('sale')],
    ]);
    return probes.drive('sale', 'sale start').watch('asked', 'sale wait', 3).catches('error', 'sale').done();
  };
  const stopped = async (topic: string) => {
    const { error } = await world.until(
      `${topic} stops`,
      () => world.messages('error').find(each => each.topic === topic) ?? null,
    );
    const { code: found, message } = error as { code: string; message: string };
    assert.equal(found, 'STATE_STEP_CHANGED');
    return message;
  };

  it('says that the flow computes another one, though nodes were moved and named', async () => {
    await world.deploy(flows(timed));
    await world.inject('sale', { topic: 'Gold' });
    await world.message('asked');
    // A node that only got another place and name is the same.
    const moved = (node: FlowNode) => (node.id === 'sale moved' ? { ...node, name: 'elsewhere', x: 900 } : node);
    await world.deploy(flows(timed).map(moved));
    await world.nodeRed.restart();
    assert.match(
      await stopped('Gold'),
      /“Description” differs.*although nobody changed the flow.*before the workflow start/s,
    );
  }).timeout(60_000);

  it('says that the flow was edited', async () => {
    await world.deploy(flows("msg.text = 'old'; return msg;"));
    await world.inject('sale', { topic: 'Silver' });
    await world.message('asked', 2);
    await world.deploy(flows("msg.text = 'new'; return msg;"));
    assert.match(await stopped('Silver'), /“Description” differs.*Put the flow back as it was/s);
  }).timeout(60_000);
});
