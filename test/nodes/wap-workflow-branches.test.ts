import assert from 'node:assert/strict';
import type { RunDescription } from '../../lib/workflow/describe';
import type { FlowNode } from '../harness/admin-api';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { code, configuration, create, end, node, put, start } from './run-flows';
import { startInProcessWapWorld } from './wap-world';

type Properties = Record<string, unknown>;

/** `mixed`: a join that counts messages, whichever run they are of. `joined`: one that goes by the run. `waits`: two branches
 *  with one end. `caught`: a Catch branch that goes on to the end. `unfit`: a branch whose step has no value. `left`: a branch whose message is dropped, and one that leads nowhere. `late`: a branch that a core node
 *  holds up. */
const flows: FlowNode[] = [
  ...configuration,
  ...['mixed', 'joined', 'waits', 'unfit', 'caught', 'left', 'late'].map(id => ({ id, type: 'tab', label: id })),

  ...[start('mixed', ['left', 'right']), put('mixed', 'left', ['join']), create('mixed', 'right', ['join'])],
  node('mixed', 'join', 'join', [['after']], { mode: 'custom', build: 'array', property: 'payload', count: '2' }),
  ...[put('mixed', 'after', ['end']), end('mixed')],

  ...[start('joined', ['left', 'right']), put('joined', 'left', ['first']), create('joined', 'right', ['second'])],
  ...['first', 'second'].map((name, index) =>
    code('joined', name, `msg.parts = { id: msg.workflow.id, count: 2, index: ${index} }; return msg;`, ['join']),
  ),
  node('joined', 'join', 'join', [['after']], { mode: 'auto' }),
  ...[put('joined', 'after', ['end']), end('joined')],

  ...[
    start('waits', ['slow', 'quick']),
    create('waits', 'slow', ['end']),
    put('waits', 'quick', ['end']),
    end('waits'),
  ],

  ...[
    start('unfit', ['bad', 'main']),
    { ...put('unfit', 'bad', ['end']), wapId: 'missing' },
    put('unfit', 'main', ['end']),
  ],
  end('unfit'),

  ...[start('caught', ['try']), create('caught', 'try', ['end']), end('caught'), put('caught', 'instead', ['end'])],
  node('caught', 'catch', 'catch', [['forget']], { scope: ['caught try'] }),
  code('caught', 'forget', 'delete msg.error; return msg;', ['instead']),

  ...[start('left', ['dropped', 'aside', 'main']), put('left', 'dropped', ['drop']), put('left', 'aside', ['nowhere'])],
  ...[
    code('left', 'drop', 'return null;', ['more']),
    put('left', 'more', []),
    code('left', 'nowhere', 'return msg;', []),
  ],
  ...[put('left', 'main', ['end']), end('left')],

  ...[start('late', ['ask', 'main']), put('late', 'main', ['end']), end('late'), put('late', 'after', [])],
  code('late', 'ask', `if (msg.go) return flow.get('kept'); flow.set('kept', msg); return null;`, ['after']),
];

onMajorsOfThisNode('branches of a run', major => {
  let world: World<InProcess>;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWapWorld({ major });
    const probes = world.probes(flows).drive('go', 'late ask');
    for (const tab of ['mixed', 'joined', 'waits', 'unfit', 'caught', 'left', 'late']) {
      probes.drive(tab, `${tab} start`).catches(`${tab} error`, tab).watch(`${tab} ended`, `${tab} end`);
      probes.watch(`${tab} control`, `${tab} start`, 2).statuses(`${tab} status`, `${tab} end`);
    }
    await world.deploy(probes.done());
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const of = (name: string, topic: string) => world.messages(name).filter(message => message.topic === topic);
  const ended = (tab: string, topic: string) =>
    world.until(`${topic} ends`, () => of(`${tab} ended`, topic)[0] ?? null);
  const hold = () => world.wap.faults.add({ kind: 'hold-before', path: '/plans', method: 'POST', times: Infinity });
  const plansOf = (topic: string) => world.wap.state.plans.filter(({ DisplayName }) => DisplayName === topic).length;
  const codes = (tab: string) => world.messages(`${tab} error`).map(({ error }) => (error as Properties).code);

  async function runOf(tab: string, key: string): Promise<RunDescription | undefined> {
    const count = world.messages(`${tab} control`).length;
    await world.inject(tab, { control: 'list' });
    const { payload } = await world.message(`${tab} control`, count + 1);
    return (payload as RunDescription[]).find(run => run.key === key);
  }

  async function keptLeft(tab: string, key: string): Promise<unknown> {
    const run = await runOf(tab, key);
    return (run?.result as Properties | undefined)?.left;
  }

  it('are refused where a node put those of two runs together; each run is done once it is resumed', async () => {
    const fault = hold();
    await world.inject('mixed', { topic: 'One' });
    await world.inject('mixed', { topic: 'Two' });
    await world.until('the mixture is refused', () => codes('mixed').length === 1);
    const { error } = await world.message('mixed error');
    const { message, cause } = error as { message: string; cause: { details: { runs: Array<{ key: string }> } } };
    assert.match(message, /"Two" and "One"|"One" and "Two"/);
    assert.deepEqual(cause.details.runs.map(({ key }) => key).sort(), ['One', 'Two']);
    fault.remove();
    await world.until('the other mixture is refused', () => codes('mixed').length === 2);
    assert.deepEqual(codes('mixed'), ['STATE_RUNS_MIXED', 'STATE_RUNS_MIXED']);
    assert.equal(world.messages('mixed ended').length, 0);
    for (const key of ['One', 'Two']) {
      const run = await runOf('mixed', key);
      assert.deepEqual([run?.state, run?.failure?.code, run?.failure?.step], ['failed', 'STATE_RUNS_MIXED', 'after']);
    }
    for (const key of ['One', 'Two']) {
      await world.inject('mixed', { control: 'resume', run: key });
      await world.until(`${key} ends`, async () => (await runOf('mixed', key))?.state === 'completed');
      assert.equal(plansOf(key), 1);
    }
  });

  it('of two runs at once are joined by the id of the run', async () => {
    const fault = hold();
    for (const topic of ['Three', 'Four']) await world.inject('joined', { topic });
    await fault.untilHit();
    fault.remove();
    for (const topic of ['Three', 'Four']) {
      assert.equal((await ended('joined', topic)).left, undefined);
      assert.equal((await runOf('joined', topic))?.state, 'completed');
    }
    assert.deepEqual(codes('joined'), []);
  });

  it('that are at work are waited for', async () => {
    const fault = hold();
    await world.inject('waits', { topic: 'Slow' });
    await fault.untilHit();
    await world.until('the end waits', () =>
      world.messages('waits status').some(({ status }) => /waits for slow/.test(String((status as Properties)?.text))),
    );
    assert.equal((await runOf('waits', 'Slow'))?.state, 'open');
    fault.remove();
    assert.equal((await ended('waits', 'Slow')).left, undefined);
    assert.deepEqual([(await runOf('waits', 'Slow'))?.state, plansOf('Slow')], ['completed', 1]);
  });

  it('that fail meanwhile keep the run from its end until it is resumed', async () => {
    world.wap.seed({ plans: [{ DisplayName: 'Taken', State: 1 }] });
    const fault = world.wap.faults.add({ kind: 'hold-before', path: /^\/plans/, times: Infinity });
    const from = world.nodeRed.logs.length;
    await world.inject('waits', { topic: 'Taken' });
    await fault.untilHit();
    fault.remove();
    await world.nodeRed.waitLog(/"Taken" did not end as completed, because another branch of it failed at: slow/, from);
    assert.deepEqual([(await runOf('waits', 'Taken'))?.state, codes('waits')], ['failed', ['WAP_CONFLICT']]);
    const plan = world.wap.state.plans.find(({ DisplayName }) => DisplayName === 'Taken');
    await fetch(`${world.wap.adminUrl}/plans/${plan?.Id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${world.wap.issueToken()}`, 'x-ms-principal-id': 'tests' },
    });
    await world.inject('waits', { control: 'resume', run: 'Taken' });
    await ended('waits', 'Taken');
    assert.deepEqual([(await runOf('waits', 'Taken'))?.state, plansOf('Taken')], ['completed', 1]);
  });

  it('that a Catch node begins may go on to the end', async () => {
    world.wap.seed({ plans: [{ DisplayName: 'Caught', State: 1 }] });
    await world.inject('caught', { topic: 'Caught' });
    assert.equal((await ended('caught', 'Caught')).left, undefined);
    assert.deepEqual([(await runOf('caught', 'Caught'))?.state, codes('caught')], ['completed', ['WAP_CONFLICT']]);
  });

  it('that cannot begin their step fail the run as a step does', async () => {
    const from = world.nodeRed.logs.length;
    await world.inject('unfit', { topic: 'Unfit' });
    await world.nodeRed.waitLog(/"Unfit" did not end as completed, because another branch of it failed at: bad/, from);
    const run = await runOf('unfit', 'Unfit');
    assert.deepEqual([run?.state, run?.failure?.step], ['failed', 'bad']);
    const { error } = await world.message('unfit error');
    assert.equal((error as { cause: { run?: { step: string } } }).cause.run?.step, 'bad');
  });

  it('whose messages did not come to the end are named by it, unless they lead nowhere', async () => {
    const from = world.nodeRed.logs.length;
    await world.inject('left', { topic: 'Dropped' });
    const left = [{ step: 'dropped', state: 'done' }];
    assert.deepEqual((await ended('left', 'Dropped')).left, left);
    await world.nodeRed.waitLog(/"Dropped" ended without these branches.*: dropped\./, from);
    assert.deepEqual(await keptLeft('left', 'Dropped'), left);
    const looks = world.messages('left status').map(({ status }) => (status as Properties)?.fill);
    assert.equal(looks.at(-1), 'yellow');
  });

  it('that come to a step after the end are noted with the run, and the node says so', async () => {
    await world.inject('late', { topic: 'Late' });
    await ended('late', 'Late');
    const from = world.nodeRed.logs.length;
    await world.inject('go', { go: true });
    await world.nodeRed.waitLog(/"Late" was completed before this branch of it came to "after"/, from);
    assert.deepEqual(await keptLeft('late', 'Late'), [{ step: 'after', state: 'late' }]);
  });
});
