import assert from 'node:assert/strict';
import type { RunLine } from '../../lib/desk/runs';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { end, node, type Properties, start, state } from './run-flows';

const flowOf = (z: string, more: Properties): FlowNode[] => [
  { id: z, type: 'tab', label: z },
  start(z, ['delay']),
  node(z, 'delay', 'wap-workflow-delay', [['end']], {
    ...{ mode: 'for', duration: '1', durationType: 'num', unit: 'seconds', time: 'payload', timeType: 'msg' },
    ...{ days: 'everyDay', from: '00:00', to: '23:59', timeZone: 'UTC', ...more },
  }),
  end(z),
];
const tabs: Record<string, Properties> = {
  while: { duration: '20' },
  until: { mode: 'until' },
  // Another time in each pass: the first counts.
  computed: { mode: 'until', time: '$millis() + 20000', timeType: 'jsonata' },
  hours: { mode: 'officeHours' },
};

onEachMajor('wap-workflow-delay', major => {
  let world: World;

  const deployed = (more: Record<string, Properties> = {}): FlowNode[] => {
    const probes = world.probes([
      state,
      ...Object.entries(tabs).flatMap(([z, own]) => flowOf(z, { ...own, ...more[z] })),
    ]);
    for (const tab of Object.keys(tabs)) {
      probes.drive(tab, `${tab} start`).catches(`${tab} error`, tab).watch(`${tab} on`, `${tab} delay`);
      probes.drive(`${tab}-alone`, `${tab} delay`);
    }
    return probes.done();
  };

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major });
    await world.deploy(deployed());
  });
  after(() => world.stop());

  const on = (tab: string, topic: string) =>
    world.until(`${topic} goes on`, () => world.messages(`${tab} on`).find(message => message.topic === topic) ?? null);
  const begin = (tab: string, topic: string, more: Properties = {}) => world.inject(tab, { topic, ...more });
  /** The time until which a run waits, as the desk lists it. */
  const waits = (key: string) =>
    world.until(`${key} waits`, async () => {
      const asked = new URLSearchParams({ waitsFor: 'time', text: key });
      const answer = await fetch(`${world.nodeRed.url}/wap-billing/desk/state/runs?${asked}`);
      return ((await answer.json()) as { rows: RunLine[] }).rows[0]?.at[0]?.waits?.until;
    });
  const crash = async () => {
    await world.nodeRed.kill9();
    await world.nodeRed.start();
  };

  it('waits until the same instant over kill -9, a restart and a deploy elsewhere, also where it is computed anew', async () => {
    const began = Date.now();
    const waiting = ['while', 'computed'];
    for (const tab of waiting) await begin(tab, `Gold ${tab}`);
    const instants = async () => Promise.all(waiting.map(tab => waits(`Gold ${tab}`)));
    const before = await instants();
    await crash();
    await world.nodeRed.restart();
    await world.deploy([...deployed(), { id: 'other', type: 'tab', label: 'other' }]);
    assert.deepEqual(await instants(), before);
    for (const tab of waiting) await on(tab, `Gold ${tab}`);
    const took = Date.now() - began;
    assert.ok(took >= 20_000, `${took} ms`);
    for (const tab of waiting) assert.equal(world.messages(`${tab} on`).length, 1);
  }).timeout(120_000);

  it('waits until the time that the message has, also when it was over while Node-RED stood still', async () => {
    const time = new Date(Date.now() + 2_000);
    await begin('until', 'Silver', { payload: time.toISOString() });
    await waits('Silver');
    await crash();
    await on('until', 'Silver');
    assert.ok(Date.now() >= time.getTime());
    await begin('until', 'past', { payload: '2020-01-01T00:00:00+01:00' });
    await on('until', 'past');
  }).timeout(120_000);

  it('goes on at once within office hours', async () => {
    await begin('hours', 'Iron');
    await on('hours', 'Iron');
  });

  it('takes up another duration after a deploy, without a stop of the run', async () => {
    await world.deploy(deployed({ while: { duration: '30', unit: 'days' } }));
    await begin('while', 'Lead');
    await waits('Lead');
    await world.deploy(deployed({ while: { duration: '0', unit: 'seconds' } }));
    await on('while', 'Lead');
    assert.deepEqual(world.messages('while error'), []);
  });

  it('says what is wrong: no time, or no run', async () => {
    await begin('until', 'Tin', { payload: 'tomorrow' });
    const { error } = await world.message('until error');
    assert.match((error as Properties).message as string, /^Time: expected a time such as .*, but got/);
    await world.inject('while-alone', { topic: 'alone' });
    const alone = await world.message('while error');
    assert.match((alone.error as Properties).message as string, /workflow/);
  });
});
