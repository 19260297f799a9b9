/** A deploy leaves runs alone whose nodes it did not touch, also where a core node holds their message. */
import assert from 'node:assert/strict';
import type { DeployKind, FlowNode } from '../harness/admin-api';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { code, configuration, create, end, node, put, start } from './run-flows';
import { startInProcessWapWorld } from './wap-world';

const held = node('sale', 'held', 'delay', [['put']], {
  ...{ pauseType: 'delay', timeout: '2', timeoutUnits: 'seconds', rate: '1', nbRateUnits: '1', rateUnits: 'second' },
  ...{ randomFirst: '1', randomLast: '5', randomUnits: 'seconds', drop: false, allowrate: false, outputs: 1 },
});
const flows = (elsewhere: string, here = ''): FlowNode[] => [
  ...configuration,
  ...['sale', 'other'].map(id => ({ id, type: 'tab', label: id })),
  ...[start('sale', ['made']), create('sale', 'made', ['counted'])],
  code('sale', 'counted', 'return msg;', ['held']),
  { ...held, info: here },
  ...[put('sale', 'put', ['end']), end('sale')],
  code('other', 'elsewhere', elsewhere, []),
];

onMajorsOfThisNode('a run whose message a core node holds', major => {
  let world: World<InProcess>;
  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major });
  });
  after(() => world.stop());

  const deploy = (kind: DeployKind, ...drawn: Parameters<typeof flows>) => {
    const probes = world
      .probes(flows(...drawn))
      .drive('sale', 'sale start')
      .watch('passed', 'sale counted');
    return world.nodeRed.deploy(probes.watch('ended', 'sale end').done(), kind);
  };
  const passes = (topic: string) => world.messages('passed').filter(each => each.topic === topic).length;
  const ended = (topic: string) =>
    world.until(`${topic} ends`, () => world.messages('ended').some(each => each.topic === topic) || null);

  for (const kind of ['nodes', 'flows'] as const) {
    it(`goes on by itself after deploys elsewhere (${kind})`, async () => {
      const topic = `Left alone by ${kind}`;
      await deploy('full', 'return msg;');
      await world.inject('sale', { topic });
      await world.until('it is held', () => passes(topic) > 0);
      for (const text of ['// one\nreturn msg;', '// two\nreturn msg;']) await deploy(kind, text);
      await ended(topic);
      assert.equal(passes(topic), 1);
    });

    it(`is sent again where the deploy took its message (${kind})`, async () => {
      const topic = `Sent again by ${kind}`;
      await deploy('full', 'return msg;');
      await world.inject('sale', { topic });
      await world.until('it is held', () => passes(topic) > 0);
      await deploy(kind, 'return msg;', 'touched');
      await ended(topic);
      assert.equal(passes(topic), 2);
    });
  }

  it('is sent again after a full deploy', async () => {
    await deploy('full', 'return msg;');
    await world.inject('sale', { topic: 'Full' });
    await world.until('it is held', () => passes('Full') > 0);
    await deploy('full', 'return msg;');
    await ended('Full');
    assert.equal(passes('Full'), 2);
  });
});
