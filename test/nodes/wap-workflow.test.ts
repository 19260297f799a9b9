import assert from 'node:assert/strict';
import type { RunDescription, StepDescription } from '../../lib/workflow/describe';
import { type FlowNode, postFlows } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { connections, startWapWorld } from './wap-world';

type Properties = Record<string, unknown>;

const state: FlowNode = { id: 'state', type: 'billing-state', name: '', address: 'wap-billing.sqlite' };
const billing: FlowNode = {
  ...{ id: 'billing', type: 'billing-connection', name: '', provider: 'rest', baseUrl: '${BILLING_URL}', target: '' },
  ...{ auth: 'bearer', tokenEnv: 'BILLING_TOKEN', templates: '{}' },
};

const place = (z: string) => ({ z, name: '', x: 100, y: 100 });
const start = (z: string, wires: string[][], more: Properties = {}): FlowNode => ({
  ...{ id: `${z} start`, type: 'wap-workflow-start', ...place(z), state: 'state', workflowName: z, wires },
  ...{ runKey: 'topic', runKeyType: 'msg', control: 'control', controlType: 'msg', run: 'run', runType: 'msg' },
  ...{ attempts: '1', firstDelaySeconds: '0', maxDelaySeconds: '0', retentionDays: '30', ...more },
});
const create = (z: string, to: string, more: Properties = {}): FlowNode => ({
  ...{ id: `${z} create`, type: 'wap-plan-create', ...place(z), name: `make in ${z}`, connection: 'ok', wires: [[to]] },
  ...{ kind: 'plan', kindType: 'str', displayName: 'topic', displayNameType: 'msg', description: 'as drawn', ...more },
});
const put = (id: string, z: string, wires: string[][], more: Properties = {}): FlowNode => ({
  ...{ id, type: 'mapping-store', ...place(z), name: id, connection: 'ok', billing: 'billing', state: 'state', wires },
  ...{ operation: 'put', mappingKind: 'plan', mappingKindType: 'str', billingId: 'topic', billingIdType: 'msg' },
  ...{ wapId: 'topic', wapIdType: 'msg', mappingName: 'topic', mappingNameType: 'msg', replace: true, ...more },
});
const end = (z: string): FlowNode => ({
  ...{ id: `${z} end`, type: 'wap-workflow-end', ...place(z), endState: 'completed', wires: [[]] },
});
const code = (id: string, z: string, func: string, wires: string[][], outputs = wires.length): FlowNode => ({
  ...{ id, type: 'function', ...place(z), func, outputs, wires },
});

/** A tab for each workflow: `plain` has one step, `decided` a Catch branch that steers, the others a shape of their own. */
const flows: FlowNode[] = [
  ...connections.filter(({ id }) => id === 'ok'),
  ...[state, billing],
  ...['plain', 'patient', 'decided', 'loop', 'meet'].map(id => ({ id, type: 'tab', label: id })),

  ...[start('plain', [['plain create'], [], []]), create('plain', 'plain end'), end('plain')],
  ...[
    start('patient', [['patient create'], [], []], { attempts: '2' }),
    create('patient', 'patient end'),
    end('patient'),
  ],
  code('dated', 'plain', 'msg.payload = { at: new Date() }; return msg;', [['plain start']]),
  {
    ...{ id: 'asked', type: 'http in', ...place('plain'), url: '/ask', method: 'post', wires: [['topic of asked']] },
  },
  code('topic of asked', 'plain', 'msg.topic = msg.payload.topic; return msg;', [['plain start']]),

  ...[start('decided', [['decided create'], [], []]), create('decided', 'decided end'), end('decided')],
  { id: 'decided catch', type: 'catch', ...place('decided'), scope: ['decided create'], wires: [['decide']] },
  code('decide', 'decided', 'msg.control = msg.decision; delete msg.error; return msg;', [['decided start']]),

  start('loop', [['round'], [], []]),
  put('round', 'loop', [['again?'], []], { note: 'count', noteType: 'msg' }),
  code('again?', 'loop', 'msg.count += 1; return msg.count < 3 ? [msg, null] : [null, msg];', [
    ['round'],
    ['loop end'],
  ]),
  end('loop'),

  start('meet', [['left', 'right'], [], []]),
  put('left', 'meet', [['met'], []]),
  put('right', 'meet', [['met'], []]),
  put('met', 'meet', [[], []], { operation: 'get' }),
];

const tabs = ['plain', 'patient', 'decided', 'loop', 'meet'];

onEachMajor('wap-workflow-start and wap-workflow-end', major => {
  let world: World;
  let deployed: FlowNode[];

  before(async function () {
    this.timeout(120_000);
    world = await startWapWorld({ major });
    const probes = world.probes(flows).drive('dated', 'dated');
    for (const tab of tabs) {
      probes.drive(tab, `${tab} start`).catches(`${tab} error`, tab);
      for (const [output, name] of ['run', 'running', 'control'].entries()) {
        probes.watch(`${tab} ${name}`, `${tab} start`, output);
      }
      if (tab !== 'meet') probes.watch(`${tab} ended`, `${tab} end`);
    }
    probes.watch('met', 'met');
    deployed = probes.done();
    await world.deploy(deployed);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const begin = (tab: string, topic: string, more: Properties = {}) => world.inject(tab, { topic, ...more });
  const of = (name: string, topic: string) => world.messages(name).filter(message => message.topic === topic);
  const ended = (tab: string, topic: string) =>
    world.until(`${topic} ends`, () => of(`${tab} ended`, topic)[0] ?? null);

  /** Sends a control message and gives its answer. */
  async function steer(
    tab: string,
    control: string,
    run?: string,
  ): Promise<RunDescription & { steps: StepDescription[] }> {
    const count = world.messages(`${tab} control`).length;
    await world.inject(tab, { control, ...(run === undefined ? {} : { run }) });
    const { payload } = await world.message(`${tab} control`, count + 1);
    return payload as RunDescription & { steps: StepDescription[] };
  }

  async function list(tab: string): Promise<RunDescription[]> {
    const count = world.messages(`${tab} control`).length;
    await world.inject(tab, { control: 'list' });
    const { payload } = await world.message(`${tab} control`, count + 1);
    return payload as RunDescription[];
  }

  /** Sends what fails, and gives what Catch got. */
  async function failure(tab: string, send: () => Promise<void>): Promise<Properties & { cause: Properties }> {
    const count = world.messages(`${tab} error`).length;
    await send();
    const { error } = await world.message(`${tab} error`, count + 1);
    return error as Properties & { cause: Properties };
  }

  /** A run of `plain` whose request to create is held, with what lets it go. */
  async function held(topic: string) {
    const fault = world.wap.faults.add({ kind: 'hold-before', path: '/plans', method: 'POST', server: 'admin' });
    await begin('plain', topic);
    await fault.untilHit();
    return fault;
  }

  it('takes the run to its end, keeps its result and frees its key', async () => {
    await begin('plain', 'Gold', { mine: 7 });
    const message = await ended('plain', 'Gold');
    assert.deepEqual([message.mine, message.workflow], [7, undefined]);
    const gone = await steer('plain', 'forget', 'Gold');
    const { result } = gone.result as { result: Properties };
    assert.deepEqual([gone.state, gone.key, result.DisplayName], ['completed', 'Gold', 'Gold']);
    assert.deepEqual([gone.steps.length, gone.steps[0]?.step], [1, 'make in plain']);
  });

  it('sends a second start with an open key to its own output, and starts nothing', async () => {
    const fault = await held('Silver');
    await begin('plain', 'Silver');
    const second = await world.until('already running', () => of('plain running', 'Silver')[0] ?? null);
    const { key, state: how } = second.payload as RunDescription;
    assert.deepEqual([key, how], ['Silver', 'open']);
    fault.remove();
    await ended('plain', 'Silver');
    assert.equal(of('plain ended', 'Silver').length, 1);
  });

  it('gives Catch a failure once, with the run and the step; after resume it is done', async () => {
    world.wap.seed({ plans: [{ DisplayName: 'Taken', State: 1 }] });
    const error = await failure('plain', () => begin('plain', 'Taken'));
    const { id, ...where } = error.cause.run as Properties;
    assert.equal(error.code, 'WAP_CONFLICT');
    assert.deepEqual(where, { key: 'Taken', step: 'make in plain', node: 'plain create', visit: 1 });
    const [run] = await list('plain');
    assert.deepEqual([run?.id, run?.state], [id, 'failed']);
    const plan = world.wap.state.plans.find(({ DisplayName }) => DisplayName === 'Taken');
    await fetch(`${world.wap.adminUrl}/plans/${plan?.Id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${world.wap.issueToken()}`, 'x-ms-principal-id': 'tests' },
    });
    await steer('plain', 'resume', 'Taken');
    await ended('plain', 'Taken');
    assert.equal(of('plain error', 'Taken').length, 1);
  });

  for (const [title, body] of [
    ['a page', '<html>busy</html>'],
    ['nothing', undefined],
    ['something else', { status: 'busy' }],
  ] as const)
    it(`goes on by itself when a read was answered once with ${title}`, async () => {
      const topic = `Odd ${title}`;
      const fault = world.wap.faults.add({ kind: 'claim', path: '/plans', method: 'GET', server: 'admin', body });
      await begin('patient', topic);
      await ended('patient', topic);
      assert.equal(fault.hits, 1);
      assert.equal(world.wap.state.plans.filter(({ DisplayName }) => DisplayName === topic).length, 1);
    });

  it('goes on without a step that is skipped', async () => {
    world.wap.seed({ plans: [{ DisplayName: 'Skipped', State: 1 }] });
    await failure('plain', () => begin('plain', 'Skipped'));
    await steer('plain', 'skip', 'Skipped');
    assert.equal((await ended('plain', 'Skipped')).wap, undefined);
  });

  it('lists what a cancelled run made, and stops its message', async () => {
    const fault = await held('Cancelled');
    const { state: how, steps } = await steer('plain', 'cancel', 'Cancelled');
    assert.deepEqual([how, steps.map(step => [step.step, step.state])], ['cancelled', [['make in plain', 'intended']]]);
    fault.remove();
    await begin('plain', 'After');
    await ended('plain', 'After');
    assert.deepEqual([of('plain ended', 'Cancelled').length, of('plain error', 'Cancelled').length], [0, 0]);
  });

  for (const [title, control, run, expected, subject] of [
    ['a run that nobody knows', 'resume', 'nobody', 'STATE_NOT_FOUND', 'run'],
    ['a run that has ended', 'resume', 'Cancelled', 'INPUT_INVALID', 'run'],
    ['to cancel what has ended', 'cancel', 'Cancelled', 'INPUT_INVALID', 'run'],
    ['no run at all', 'resume', undefined, 'INPUT_MISSING', 'run'],
    ['a control that there is not', 'pause', 'Gold', 'INPUT_INVALID', 'control'],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const { code: found, cause } = await failure('plain', () => world.inject('plain', { control, run }));
      assert.deepEqual([found, cause.subject], [expected, subject]);
    });
  }

  it('does not forget a run that has not ended', async () => {
    const fault = await held('Kept');
    const { code: found } = await failure('plain', () => world.inject('plain', { control: 'forget', run: 'Kept' }));
    assert.equal(found, 'INPUT_INVALID');
    fault.remove();
    await ended('plain', 'Kept');
  });

  it('asks for a key', async () => {
    const { code: found, cause } = await failure('plain', () => world.inject('plain', { payload: 1 }));
    assert.deepEqual([found, cause.subject], ['INPUT_MISSING', 'runKey']);
  });

  it('refuses a message that JSON cannot hold, naming the property', async () => {
    const { code: found, message } = await failure('plain', () => world.inject('dated', { topic: 'Dated' }));
    assert.equal(found, 'INPUT_INVALID');
    assert.match(String(message), /msg\.payload\.at: a Date/);
  });

  for (const [decision, ends] of [
    ['resume', 'completed'],
    ['skip', 'completed'],
    ['cancel', 'cancelled'],
  ] as const) {
    it(`lets the Catch branch decide: ${decision}`, async () => {
      world.wap.faults.add({ kind: 'status', status: 400, path: '/plans', method: 'POST', server: 'admin' });
      await begin('decided', decision, { decision });
      await world.until(`the run is ${ends}`, async () => {
        return (await list('decided')).find(({ key }) => key === decision)?.state === ends;
      });
      const isMade = world.wap.state.plans.some(({ DisplayName }) => DisplayName === decision);
      assert.equal(isMade, decision === 'resume');
    });
  }

  it('does a step anew in each round of a loop', async () => {
    await begin('loop', 'Rounds', { count: 0 });
    await ended('loop', 'Rounds');
    const { steps } = await steer('loop', 'forget', 'Rounds');
    assert.deepEqual(
      steps.map(({ step, visit }) => [step, visit]),
      [
        ['round', 1],
        ['round', 2],
        ['round', 3],
      ],
    );
  });

  it('does a node where two branches meet once for each', async () => {
    await begin('meet', 'Both');
    await world.until('both came', () => of('met', 'Both').length === 2);
    const { steps } = await steer('meet', 'cancel', 'Both');
    assert.deepEqual(steps.map(({ step }) => step).sort(), ['left', 'met', 'met', 'right']);
  });

  describe('when the flow changes while a run is open', () => {
    const changed = (properties: Properties) =>
      deployed.map(node => (node.id === 'plain create' ? { ...node, ...properties } : node));

    it('stops the run at the step that would now be another, naming node and input; the old flow goes on with it', async () => {
      const fault = await held('Edited');
      const error = await failure('plain', () => world.nodeRed.deploy(changed({ description: 'redrawn' }), 'nodes'));
      fault.remove();
      assert.equal(error.code, 'STATE_STEP_CHANGED');
      assert.match(String(error.message), /make in plain: “Description” differs/);
      assert.equal((error.cause.run as Properties).key, 'Edited');
      await world.nodeRed.deploy(deployed, 'nodes');
      await ended('plain', 'Edited');
    });

    it('takes the new values when the step is restarted', async () => {
      const fault = await held('Redrawn');
      await failure('plain', () => world.nodeRed.deploy(changed({ description: 'redrawn' }), 'nodes'));
      fault.remove();
      await steer('plain', 'restart', 'Redrawn');
      await ended('plain', 'Redrawn');
      const plan = world.wap.state.plans.find(({ DisplayName }) => DisplayName === 'Redrawn');
      assert.equal(plan?.Advertisements[0]?.Description, 'redrawn');
      await world.nodeRed.deploy(deployed, 'nodes');
    });

    it('reports a run whose node was deleted', async () => {
      const fault = await held('Lost');
      const from = world.nodeRed.logs.length;
      const without = deployed
        .filter(({ id }) => id !== 'plain create')
        .map(node => ({
          ...node,
          ...(node.wires ? { wires: node.wires.map(to => to.filter(id => id !== 'plain create')) } : {}),
        }));
      await world.nodeRed.deploy(without, 'full');
      await world.nodeRed.waitLog(
        /runs of the workflow "plain" cannot go on as they began: “make in plain”, at which they stand, is not in .*\(Lost\)/,
        from,
      );
      fault.remove();
      await world.nodeRed.deploy(deployed, 'full');
      await ended('plain', 'Lost');
    });

    for (const kind of ['full', 'flows', 'nodes'] as const) {
      it(`goes on after a deploy of kind "${kind}" in the middle of a request`, async () => {
        const topic = `Deployed ${kind}`;
        const fault = await held(topic);
        await world.nodeRed.deploy(changed({ name: `make in plain, ${kind}` }), kind);
        fault.remove();
        await ended('plain', topic);
        assert.equal(world.wap.state.plans.filter(({ DisplayName }) => DisplayName === topic).length, 1);
        assert.equal(of('plain error', topic).length, 0);
      });
    }
  });

  it('begins again after deploys that come while it is still beginning', async () => {
    for (let turn = 0; turn < 8; turn++) await postFlows(world.nodeRed.url, deployed, 'full');
    await world.until('the last of them has started', () => begin('plain', 'Deployed often').then(() => true));
    await ended('plain', 'Deployed often');
  });

  it('goes on after a kill, and says what of the message is missing', async function () {
    this.timeout(90_000);
    const fault = world.wap.faults.add({ kind: 'hold', path: '/plans', method: 'POST', server: 'admin' });
    fetch(`${world.nodeRed.url}/ask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ topic: 'Asked' }),
    }).catch(() => undefined); // it breaks with the kill
    await fault.untilHit();
    await world.nodeRed.kill9();
    fault.remove();
    const from = world.nodeRed.logs.length;
    await world.nodeRed.restart();
    await world.nodeRed.waitLog(/"Asked" goes on without these properties.*req, res/, from);
    await ended('plain', 'Asked');
    assert.equal(world.wap.state.plans.filter(({ DisplayName }) => DisplayName === 'Asked').length, 1);
  });
});
