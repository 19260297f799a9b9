/** A function that sends a new message instead of the one that it got is found out at the next node. */
import assert from 'node:assert/strict';
import type { FlowNode } from '../harness/admin-api';
import { example } from '../harness/examples';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { code, configuration, create, end, put, start } from './run-flows';
import { startInProcessWapWorld } from './wap-world';

const anew = 'return { topic: msg.topic, payload: msg.payload };';
const kept = 'msg.payload = msg.payload; return msg;';

onMajorsOfThisNode('a message of its own', major => {
  let world: World<InProcess>;
  afterEach(() => world?.stop());

  interface Said {
    code: string;
    message: string;
  }
  const failure = async (count = 1) => (await world.message('error', count)).error as Said;

  it('does nothing outside its run, and the run goes on once the function is mended', async () => {
    const flows = (func: string): FlowNode[] => {
      const nodes = [
        { id: 'sale', type: 'tab', label: 'sale' },
        ...configuration,
        ...[start('sale', ['made']), create('sale', 'made', ['function']), code('sale', 'function', func, ['put'])],
        ...[put('sale', 'put', ['end']), end('sale')],
      ];
      return world.probes(nodes).drive('sale', 'sale start').watch('ended', 'sale end').catches('error', 'sale').done();
    };
    world = await startInProcessWapWorld({ major });
    await world.deploy(flows(anew));
    await world.inject('sale', { topic: 'Gold' });
    const { code: found, message } = await failure();
    assert.equal(found, 'INPUT_MISSING');
    assert.match(message, /^workflow: .*the run lost its way.*return msg/);
    assert.deepEqual(world.messages('ended'), []);
    await world.deploy(flows(kept));
    await world.message('ended');
    assert.equal(world.wap.state.plans.filter(({ DisplayName }) => DisplayName === 'Gold').length, 1);
  }).timeout(60_000);

  it('may go on where messages come from elsewhere too', async () => {
    const flows = [
      { id: 'sale', type: 'tab', label: 'sale' },
      ...configuration,
      ...[
        start('sale', ['function']),
        code('sale', 'function', anew, ['put']),
        put('sale', 'put', ['end']),
        end('sale'),
      ],
    ];
    world = await startInProcessWapWorld({ major });
    const probes = world.probes(flows).drive('sale', 'sale start').drive('by hand', 'sale put');
    await world.deploy(probes.watch('mapped', 'sale put').done());
    await world.inject('sale', { topic: 'Gold' });
    assert.equal((await world.message('mapped')).topic, 'Gold');
  }).timeout(60_000);

  it('sends no usage whose delivery would never be acknowledged', async () => {
    const { flows } = example('Usage every minute to billing');
    const find = (type: string) => flows.find(node => node.type === type) ?? assert.fail(type);
    const [meter, send] = [find('billing-usage-meter'), find('billing-usage-send')];
    const through = (func: string): FlowNode[] => {
      const changed = {
        id: 'changed',
        type: 'function',
        z: String(send.z),
        x: 100,
        y: 900,
        func,
        outputs: 1,
        wires: [[send.id]],
      };
      const [, ...others] = meter.wires as string[][];
      const rewired = flows.map(node => (node === meter ? { ...node, wires: [['changed'], ...others] } : node));
      return world
        .probes([...rewired, changed])
        .catches('error', String(send.z))
        .watch('unmapped', send.id, 2)
        .done();
    };
    world = await startInProcessWorld({ major, env: { WAP_POLL_SECONDS: '1' } });
    world.wap.seed({ usage: { count: 20, subscriptions: ['s1'], seed: major } });
    await world.deploy(through(anew));
    const { code: found, message } = await failure();
    assert.equal(found, 'INPUT_MISSING');
    assert.match(message, /^delivery: .*the feed would wait for ever.*return msg/);
    assert.deepEqual(world.messages('unmapped'), []);
    await world.deploy(through(kept));
    await world.message('unmapped'); // nobody mapped the subscription
  }).timeout(60_000);
});
