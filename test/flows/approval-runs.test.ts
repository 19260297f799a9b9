import assert from 'node:assert/strict';
import type { RunDescription } from '../../lib/workflow/describe';
import { KillPlan } from '../crash/kill-plan';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import type { Properties } from '../nodes/bench';
import { approvalIn, asked, call, password, responses, served } from '../nodes/calls-world';
import { state } from '../nodes/state-world';

const node = (id: string, type: string, properties: object): FlowNode => ({
  ...{ id, type, z: 'tab', name: '', x: 100, y: 100 },
  ...properties,
});
const wires = [['run'], [], []];
/** A question asked again after a restart has another token, and so a run of its own. */
const flows = [
  { id: 'tab', type: 'tab', label: 'approvals in runs' },
  state('state'),
  ...approvalIn({
    in: { prefix: '/run', decisionSeconds: '110', wires },
    brief: { prefix: '/brief', decisionSeconds: '5', wires },
  }),
  node('run', 'wap-workflow-start', {
    ...{ state: 'state', workflowName: 'approvals', runKey: 'approval.token', runKeyType: 'msg' },
    wires: [['answer'], [], []],
  }),
  ...responses({ answer: { answer: 'approve', wires: [['end']] } }),
  node('end', 'wap-workflow-end', { wires: [[]] }),
];

onEachMajor('an approval that a durable run decides', major => {
  let world: World;
  const plan = new KillPlan();

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major, env: { WAP_APPROVAL_PASSWORD: password, ...plan.env } });
    const probes = world.probes(flows);
    probes.drive('control', 'run').watch('controlled', 'run', 2).watch('ended', 'end').catches('caught', 'tab');
    await world.deploy(probes.done());
    await ready();
  });
  after(async () => {
    await world.stop();
    plan.remove();
  });

  const url = (prefix: string) => `${world.nodeRed.url}/${prefix}/subscriptions`;
  const ready = () => Promise.all(['run', 'brief'].map(prefix => served(url(prefix))));
  const ask = (eventId: number, prefix = 'run') => call(url(prefix), { body: JSON.stringify(asked(eventId)) });
  const about = (name: string, eventId: number) =>
    world.messages(name).filter(({ approval }) => (approval as Properties | undefined)?.eventId === eventId);
  const ended = (eventId: number) => world.until(`the run about ${eventId} ends`, () => about('ended', eventId)[0]);
  const runs = async (): Promise<RunDescription[]> => {
    const count = world.messages('controlled').length;
    await world.inject('control', { control: 'list' });
    return (await world.message('controlled', count + 1)).payload as RunDescription[];
  };
  /** Asks, is killed at the point, and is started again. */
  const killed = async (point: string, eventId: number, prefix?: string) => {
    plan.arm(point);
    await assert.rejects(ask(eventId, prefix));
    plan.arm(null);
    const deadline = Date.now() + (prefix === 'brief' ? 5_000 : 0);
    await world.until('its deadline', () => Date.now() > deadline);
    await world.nodeRed.start();
    await ready();
  };

  it('is answered, and the run ends', async () => {
    assert.equal((await ask(1)).status, 204);
    await ended(1);
    assert.deepEqual(
      (await runs()).map(each => each.state),
      ['completed'],
    );
  });

  it('keeps its decision when it is killed before the answer, and the run goes on to its end', async function () {
    this.timeout(60_000);
    await killed('after commit of insert approval', 2);
    await ended(2);
    assert.equal((await ask(2)).status, 204);
    assert.deepEqual([(await runs()).length, about('ended', 2).length, about('caught', 2).length], [2, 1, 0]);
  });

  it('is decided by the resumed run whose request is gone, for when WAP asks again', async function () {
    this.timeout(60_000);
    await killed('after commit of insert workflow', 3);
    await ended(3);
    assert.equal((await ask(3)).status, 204);
    assert.deepEqual([(await runs()).length, about('ended', 3).length, about('caught', 3).length], [3, 1, 0]);
  });

  it('fails the resumed run that comes after the deadline, once, and is asked about anew', async function () {
    this.timeout(60_000);
    await killed('after commit of insert workflow', 4, 'brief');
    const { error } = await world.until('the failure', () => about('caught', 4)[0]);
    assert.equal((error as Properties).code, 'CALL_LATE');
    assert.equal((await ask(4, 'brief')).status, 204);
    const { length } = await runs();
    const states = (await runs()).filter(({ state: of }) => of === 'failed').map(({ failure }) => failure?.code);
    assert.deepEqual([length, states, about('caught', 4).length], [5, ['CALL_LATE'], 1]);
  });
});
