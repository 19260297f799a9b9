/** What a run looked for and did not find is asked again when it is resumed, unless it went on from there. */
import assert from 'node:assert/strict';
import type { QuestionNotice } from '../../lib/questions/notice';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { configuration, create, end, node, put, start, wait } from './run-flows';
import { startWapWorld } from './wap-world';

const get = (z: string, notFound: string[]) =>
  node(z, 'get', 'mapping-store', [['end'], notFound], {
    ...{ connection: 'ok', billing: 'billing', state: 'state', operation: 'get', lookUpBy: 'wapId' },
    ...{ mappingKind: 'plan', mappingKindType: 'str', wapId: 'topic', wapIdType: 'msg' },
  });
const look = (z: string) =>
  node(z, 'look', 'wap-plan-get', [['end'], []], {
    ...{ connection: 'ok', mode: 'one', kind: 'plan', kindType: 'str', planId: 'topic', planIdType: 'msg' },
  });
const flows = [
  ...configuration,
  ...['gate', 'plan', 'decided', 'map'].map(id => ({ id, type: 'tab', label: id })),
  ...[start('gate', ['get']), get('gate', []), end('gate')],
  ...[start('plan', ['look']), look('plan'), end('plan')],
  ...[start('decided', ['get']), get('decided', ['instead']), create('decided', 'instead', ['wait'])],
  ...[wait('decided', { yes: ['end'], no: ['end'] }), end('decided')],
  put('map', 'put', []),
];

onEachMajor('a run that did not find something', major => {
  let world: World;

  before(async function () {
    this.timeout(120_000);
    world = await startWapWorld({ major });
    const probes = world.probes(flows).drive('map', 'map put').watch('mapped', 'map put');
    for (const tab of ['gate', 'plan', 'decided']) {
      probes.drive(tab, `${tab} start`).watch(`${tab} ended`, `${tab} end`);
    }
    probes
      .drive('answer', 'decided wait')
      .watch('not mapped', 'gate get', 1)
      .watch('no plan', 'plan look', 1)
      .watch('made', 'decided instead')
      .watch('asked', 'decided wait', 3);
    await world.deploy(probes.done());
  });
  after(() => world.stop());

  const count = (name: string, topic: string) => world.messages(name).filter(message => message.topic === topic).length;
  const said = (name: string, topic: string, times: number) =>
    world.until(`${topic}: ${name}`, () => count(name, topic) >= times || null);
  const map = async (topic: string) => {
    await world.inject('map', { topic });
    await said('mapped', topic, 1);
  };
  const crash = async () => {
    await world.nodeRed.kill9();
    await world.nodeRed.start();
  };

  it('asks the mapping again, after a kill and when it is resumed', async () => {
    await world.inject('gate', { topic: 'Gold' });
    await said('not mapped', 'Gold', 1);
    await crash();
    await said('not mapped', 'Gold', 2);
    await map('Gold');
    await world.inject('gate', { control: 'resume', run: 'Gold' });
    await said('gate ended', 'Gold', 1);
  }).timeout(60_000);

  it('asks WAP again for a plan that somebody made meanwhile', async () => {
    await world.inject('plan', { topic: 'Iron' });
    await said('no plan', 'Iron', 1);
    await world.inject('decided', { topic: 'Iron' });
    await said('made', 'Iron', 1);
    await world.inject('plan', { control: 'resume', run: 'Iron' });
    await said('plan ended', 'Iron', 1);
  });

  it('keeps to what it went on with, though the mapping has it now', async () => {
    await world.inject('decided', { topic: 'Silver' });
    await world.until(
      'it asks',
      () => world.messages('asked').find(({ question }) => asks(question, 'Silver')) ?? null,
    );
    await map('Silver');
    await crash();
    await world.inject('decided', { control: 'resume', run: 'Silver' });
    await world.inject('answer', { answer: { run: 'Silver', choice: 'Yes', by: 'eva' } });
    await said('decided ended', 'Silver', 1);
    const [ended] = world.messages('decided ended').filter(({ topic }) => topic === 'Silver');
    assert.equal(ended?.mapping, undefined);
    assert.equal(world.wap.state.plans.filter(({ DisplayName }) => DisplayName === 'Silver').length, 1);
  }).timeout(60_000);
});

const asks = (question: unknown, run: string): boolean => (question as QuestionNotice).run === run;
