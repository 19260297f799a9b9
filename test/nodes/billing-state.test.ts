import assert from 'node:assert/strict';
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FlowNode } from '../harness/admin-api';
import { onMajorsOfThisNode } from '../harness/repository';
import type { TestedNodeRed } from '../harness/tested-node-red';
import { startInProcessWorld, startWorld, type World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { approvalIn, asked, call, password, responses, served } from './calls-world';
import { common, configuration, state } from './state-world';

const entry = { mappingKind: 'kind', wapId: 'id', billingId: 'to' };
const put = { operation: 'put', ...entry, mappingKindType: 'msg', wapIdType: 'msg', billingIdType: 'msg' };
const mappingNodes = nodesOf(
  'mapping-store',
  {
    here: {},
    'same-file': { state: 'spelled' },
    deep: { state: 'deep-state' },
    doomed: { state: 'doomed-state' },
    moved: { ...put, state: 'moved-state' },
    'in-moved': { state: 'moved-state' },
    swapped: { ...put, state: 'swapped-state' },
    'in-swapped': { state: 'swapped-state' },
    unset: { state: 'unset-state' },
    postgres: { state: 'postgres-state' },
  },
  { ...common, operation: 'list', outputs: 2 },
);
const nodes = [
  ...mappingNodes,
  ...nodesOf(
    'wap-event-poll',
    { reader: { state: 'moved-state', everySeconds: '1', wires: [[], [], ['said']] } },
    { ...common, outputs: 3 },
  ),
  ...approvalIn({
    asked: { state: 'swapped-state', prefix: '/asked', decisionSeconds: '0.5', wires: [['yes'], [], []] },
  }),
  ...responses({ yes: { answer: 'approve', answerType: 'str' } }),
];
/** Shows alarms in the log. */
const said: FlowNode = {
  ...{ id: 'said', type: 'debug', z: 'tab', name: '', x: 500, y: 100, wires: [] },
  ...{ active: true, tosidebar: false, console: true, complete: 'payload.message', targetType: 'msg' },
};
const others = [
  said,
  ...configuration,
  state('spelled', { address: './${FOLDER}/../wap-billing.sqlite' }),
  state('deep-state', { address: '${FOLDER:-x}/${NOT_SET:-deep}.sqlite' }),
  state('doomed-state', { address: 'doomed.sqlite' }),
  state('moved-state', { address: 'moved.sqlite' }),
  state('swapped-state', { address: 'swapped.sqlite' }),
  state('unset-state', { address: '${NOT_SET}' }),
  state('postgres-state', { address: 'postgres://user:secret@127.0.0.1/state' }),
];

onMajorsOfThisNode('billing-state', major => {
  let world: World;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major, env: { FOLDER: 'folder', WAP_APPROVAL_PASSWORD: password } });
    bench = await Bench.start(world, others, nodes);
  });
  after(() => world.stop());

  const test = async (address: string, nodeRed: TestedNodeRed = world.nodeRed) => {
    const response = await fetch(`${nodeRed.url}/wap-billing/check/billing-state`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'state', saved: { address }, secrets: {} }),
    });
    return (await response.json()) as { ok: boolean; text: string; code?: string };
  };

  /** This one, with a Node-RED that uses the same file. */
  const anotherProcess = () =>
    startInProcessWorld({ major, env: { BILLING_STATE: world.stateFile }, flows: [{ id: 'tab', type: 'tab' }] });

  it('makes the file in the user directory, in folders of its own too', async () => {
    await bench.answer('here');
    await bench.answer('deep');
    assert.ok(existsSync(world.stateFile));
    assert.ok(existsSync(join(world.nodeRed.userDir, 'folder', 'deep.sqlite')));
  });

  it('shares one file among configuration nodes that spell it in different ways', async () => {
    await bench.answer('here');
    await bench.answer('same-file');
  });

  it('keeps a second process out of the file, and lets it in when the first has gone', async function () {
    this.timeout(60_000);
    await bench.answer('here');
    const other = await anotherProcess();
    try {
      const neighbour = await Bench.start(other, configuration, nodesOf('mapping-store', { there: {} }, listing));
      const { code, message, cause } = await neighbour.error('there');
      assert.deepEqual([code, cause.retryable], ['STATE_LOCKED', true]);
      assert.match(message, /another process/);
      const answer = await test(world.stateFile, other.nodeRed);
      assert.deepEqual([answer.ok, answer.code], [false, 'STATE_LOCKED']);
      await world.nodeRed.kill9();
      await neighbour.answer('there');
    } finally {
      await other.stop();
    }
    await world.nodeRed.start();
    await bench.answer('here');
  });

  it('acknowledges nothing once the file was deleted under it, until a deploy opens a new one', async () => {
    await bench.answer('doomed');
    const file = join(world.nodeRed.userDir, 'doomed.sqlite');
    for (const end of ['', '-wal']) rmSync(`${file}${end}`);
    const { code, message } = await bench.error('doomed');
    assert.equal(code, 'STATE_UNAVAILABLE');
    assert.match(message, /doomed\.sqlite(-wal)? was deleted or moved while it was open/);
    await bench.deploy();
    await bench.answer('doomed');
    assert.ok(existsSync(file));
  });

  it('says that a file was moved away, keeps nothing meanwhile, and says when it works again', async () => {
    await bench.answer('moved', { kind: 'plan', id: 'w1', to: 'b1' });
    const file = join(world.nodeRed.userDir, 'moved.sqlite');
    const from = world.nodeRed.logs.length;
    for (const end of ['', '-wal']) renameSync(`${file}${end}`, `${file}${end}.away`);
    const second = { kind: 'plan', id: 'w2', to: 'b2' };
    const { code, message } = await bench.error('moved', second);
    assert.equal(code, 'STATE_UNAVAILABLE');
    assert.match(
      message,
      /moved\.sqlite(-wal)? was deleted or moved while it was open: .* would be lost, so nothing is/,
    );
    assert.match(message, /Stop Node-RED, put the file in its place or restore a backup, then start it again\./);
    assert.equal(((await world.message('reader error')).error as { code: string }).code, 'STATE_UNAVAILABLE');
    for (const end of ['', '-wal']) renameSync(`${file}${end}.away`, `${file}${end}`);
    await world.nodeRed.waitLog(/The state store works again \(it had failed with STATE_UNAVAILABLE\)\./, from);
    await bench.answer('moved', second);
    const { payload } = await bench.answer('in-moved');
    assert.deepEqual((payload as Array<{ wapId: string }>).map(({ wapId }) => wapId).sort(), ['w1', 'w2']);
  });

  it('answers neither a flow nor WAP as if it were kept, once another file is in its place', async () => {
    await served(`${world.nodeRed.url}/asked/subscriptions`);
    await bench.answer('swapped', { kind: 'plan', id: 'w1', to: 'b1' });
    const file = join(world.nodeRed.userDir, 'swapped.sqlite');
    renameSync(file, `${file}.own`);
    copyFileSync(`${file}.own`, file);
    const { code, message } = await bench.error('swapped', { kind: 'plan', id: 'w2', to: 'b2' });
    assert.equal(code, 'STATE_UNAVAILABLE');
    assert.match(
      message,
      /swapped\.sqlite was replaced while it was open: .* Stop Node-RED, put the file in its place/,
    );
    const ask = () => call(`${world.nodeRed.url}/asked/subscriptions`, { body: JSON.stringify(asked(1)) });
    assert.equal((await ask()).status, 503);
    renameSync(`${file}.own`, file);
    assert.equal((await ask()).status, 204);
  });

  it('tests what the dialog holds: the file that was opened, or why it could not be', async () => {
    await bench.answer('here');
    assert.deepEqual(await test('${BILLING_STATE}'), { ok: true, text: world.stateFile });
    const refused = await test('.');
    assert.deepEqual([refused.ok, refused.code], [false, 'STATE_UNAVAILABLE']);
  });

  it('names the variable that is not set', async () => {
    const { code, message } = await bench.error('unset');
    assert.equal(code, 'INPUT_MISSING');
    assert.match(message, /NOT_SET/);
  });

  it('refuses an address of another kind without repeating what is secret in it', async () => {
    const { code, message } = await bench.error('postgres');
    assert.equal(code, 'INPUT_INVALID');
    assert.doesNotMatch(message, /secret/);
  });

  it('takes no lock while nobody uses it, and none after a deploy that removes its users', async () => {
    await world.nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'empty' }, ...others]);
    const other = await anotherProcess();
    try {
      assert.equal((await test(world.stateFile, other.nodeRed)).ok, true);
    } finally {
      await other.stop();
      await bench.deploy();
    }
  });
});

const listing: Properties = { ...common, operation: 'list' };
