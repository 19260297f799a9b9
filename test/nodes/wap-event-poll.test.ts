import assert from 'node:assert/strict';
import { anAddOn, aPlan } from '../builders';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { common, configuration, wap } from './state-world';

const type = 'wap-event-poll';
/** How a poll can fail: what to switch on, and the code that Catch gets. */
const failures = [
  { id: 'refused', title: 'WAP refuses the password', code: 'WAP_AUTH' },
  { id: 'nobody', title: 'nobody listens at the address', code: 'WAP_NETWORK' },
  { id: 'unset', title: 'the variable with the password is not set', code: 'INPUT_MISSING' },
  { id: 'no-connection', title: 'no connection is chosen', code: 'INPUT_CONFIG' },
  { id: 'no-state', title: 'no state is chosen', code: 'INPUT_CONFIG' },
  { id: 'no-feed', title: 'no feed is chosen', code: 'INPUT_CONFIG' },
  { id: 'forbidden', title: 'the account may not read', fault: { kind: 'status', status: 403 }, code: 'WAP_FORBIDDEN' },
  { id: 'broken', title: 'WAP fails', fault: { kind: 'status', status: 500 }, code: 'WAP_SERVER' },
  { id: 'slow-down', title: 'WAP asks to slow down', fault: { kind: 'rate' }, code: 'WAP_RATE' },
  { id: 'silent', title: 'WAP does not answer in time', fault: { kind: 'hold-before' }, code: 'WAP_TIMEOUT' },
  { id: 'gone', title: 'WAP hangs up', fault: { kind: 'reset-before' }, code: 'WAP_NETWORK' },
  { id: 'cut', title: 'the answer is cut short', fault: { kind: 'cut-json' }, code: 'WAP_BAD_RESPONSE' },
  { id: 'page', title: 'a proxy sends a page', fault: { kind: 'html', status: 200 }, code: 'WAP_BAD_RESPONSE' },
] as const;

const asked = { schedule: 'input' };
const cases: Record<string, Properties> = {
  poll: asked,
  scheduled: { everySeconds: '${EVERY:-60}', maxOpen: '100' },
  batch: { ...asked, emit: 'batch', batchSize: '2', pageSize: '${PAGE:-1000}' },
  links: { ...asked, feedPlanServices: true, feedPlanAddons: true },
  now: { ...asked, startAt: 'now' },
  'from-id': { ...asked, startAt: 'id', startId: '2' },
  closing: asked,
  'by-flow': { ...asked, control: 'command', controlType: 'flow' },
  'by-env': { ...asked, control: 'COMMAND', controlType: 'env' },
  'by-jsonata': { ...asked, control: '$lowercase(topic)', controlType: 'jsonata' },
  replays: asked,
  second: { ...asked, consumer: 'poll-reader' },
  ...Object.fromEntries(failures.map(({ id }) => [id, asked])),
  refused: { ...asked, connection: 'refused-wap' },
  resting: { everySeconds: '1', connection: 'refused-wap' },
  nobody: { ...asked, connection: 'nobody-wap' },
  unset: { ...asked, connection: 'unset-wap' },
  'no-connection': { ...asked, connection: '' },
  'no-state': { ...asked, state: '' },
  'no-feed': { ...asked, feedPlans: false, feedAddons: false },
};
// Readers of their own, so that the cases do not share their events.
const readers = Object.fromEntries(
  Object.entries(cases).map(([id, own]) => [id, { consumer: `${id}-reader`, ...own }]),
);
const nodes = nodesOf(type, readers, { ...common, outputs: 3 });
const others = [
  ...configuration,
  wap('refused-wap', { usagePasswordEnv: 'WRONG_PASSWORD' }),
  wap('nobody-wap', { usageUrl: 'http://127.0.0.1:9' }),
  wap('unset-wap', { usagePasswordEnv: 'NO_SUCH_VARIABLE' }),
];
const remember = nodesOf('function', { remember: { outputs: 1, func: "flow.set('command', 'pause'); return msg;" } });
const acks = nodesOf('wap-ack', { ack: {} }, common);

interface EventMessage {
  topic: string;
  payload: { EventId: number; Method: string; Entity: Properties };
  wap?: { kind: string; plan: Properties };
  delivery: { attempt: number; firstId: number; replay?: string };
}

onEachMajor(type, major => {
  let world: World;
  let bench: Bench;
  const env = { EVERY: '1', PAGE: '1', COMMAND: 'status', WRONG_PASSWORD: 'wrong' };

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major, env });
    const events = [
      { feed: 'plans' as const, Entity: aPlan({ Id: 'p1', State: 0, Price: '1' }) },
      { feed: 'planServices' as const, Entity: { Name: 'sqlservers', InstanceId: 'i' }, EntityParentId: 'p1' },
      { feed: 'addons' as const, Entity: anAddOn({ Id: 'a1' }) },
      { feed: 'plans' as const, Method: 'PATCH', Entity: { Id: 'p1', Price: '2' } },
      { feed: 'plans' as const, State: 1, Entity: aPlan({ Id: 'rejected' }) },
      { feed: 'addons' as const, Method: 'DELETE', Entity: anAddOn({ Id: 'a1' }) },
    ];
    world.wap.seed({ events });
    bench = await Bench.start(world, others, [...nodes, ...acks, ...remember]);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const message = async (id: string, count: number) =>
    (await world.message(`${id} 0`, count)) as unknown as EventMessage;
  const acknowledge = (delivered: EventMessage) => bench.answer('ack', { ...delivered });
  const seed = (Id: string) => world.wap.seed({ events: [{ feed: 'plans', Entity: aPlan({ Id }) }] });
  const topics = (id: string) => (bench.sent(id) as unknown as EventMessage[]).map(({ topic }) => topic);
  const status = async (id: string, command: Properties = { control: 'status' }) => {
    const answers = () => bench.sent(id, 1).filter(({ topic }) => topic === 'status');
    const before = answers().length;
    await world.inject(id, command);
    return (await world.until('a status', () => answers()[before])).payload as Properties;
  };

  it('gives events one after another, each when the last is acknowledged, and says when it has caught up', async () => {
    await world.inject('poll');
    const seen: EventMessage[] = [];
    for (let count = 1; count <= 4; count += 1) {
      seen.push(await message('poll', count));
      await acknowledge(seen[count - 1] ?? assert.fail());
    }
    const shown = seen.map(
      ({ topic, wap: part, delivery }) => `${topic} ${part?.kind} ${part?.plan.Id} ${delivery.attempt}`,
    );
    const plans = [
      'plans/POST plan p1 1',
      'addons/POST addon a1 1',
      'plans/PATCH plan p1 1',
      'addons/DELETE addon a1 1',
    ];
    assert.deepEqual(shown, plans);
    const { payload } = await world.message('poll 1');
    const { fetched, sent, waiting, unacknowledged } = payload as Properties;
    assert.deepEqual([fetched, sent, waiting, unacknowledged], [5, 4, 0, 0]);
    assert.equal((await bench.tally('poll')).complete, 1);
    assert.equal(bench.status('poll'), `up to event ${seen[3]?.payload.EventId}`);
    await status('poll');
    assert.equal(bench.status('poll'), `up to event ${seen[3]?.payload.EventId}`, 'a question changes it');
  });

  it('shows a PATCH as it came and its plan whole', async () => {
    const patch = await message('poll', 3);
    assert.deepEqual(patch.payload.Entity, { Id: 'p1', Price: '2' });
    assert.deepEqual(patch.wap?.plan, aPlan({ Id: 'p1', State: 0, Price: '2' }));
  });

  it('reads the chosen feeds, merged in the order of their ids', async () => {
    await world.inject('links');
    for (let count = 1; count <= 4; count += 1) await acknowledge(await message('links', count));
    const merged = ['plans/POST', 'planServices/POST', 'addons/POST', 'plans/PATCH'];
    assert.deepEqual(topics('links').slice(0, 4), merged);
    assert.equal((await message('links', 2)).wap, undefined);
  });

  it('gives batches as arrays', async () => {
    await world.inject('batch');
    const { payload, feeds, delivery, wap: part } = await world.message('batch 0');
    assert.deepEqual([(payload as unknown[]).length, feeds, part], [2, ['plans', 'addons'], undefined]);
    assert.equal((delivery as Properties).count, 2);
  });

  it('begins where it is told to', async () => {
    await world.inject('from-id');
    assert.equal((await message('from-id', 1)).topic, 'addons/POST');
    await world.inject('now');
    await world.until('the first poll', () => bench.sent('now', 1).length > 0);
    seed('after-now');
    await world.inject('now');
    assert.equal((await message('now', 1)).wap?.plan.Id, 'after-now');
  });

  it('polls by itself, as often as the environment says', async () => {
    seed('by-itself');
    const found = () => bench.sent('scheduled').some(({ wap: part }) => JSON.stringify(part).includes('by-itself'));
    await world.until('the event', found);
  });

  it('brings what was not acknowledged again after a deploy and after a kill', async function () {
    this.timeout(60_000);
    const first = await message('from-id', 1);
    await bench.deploy();
    await world.inject('from-id');
    const second = await message('from-id', 2);
    assert.deepEqual([second.payload, second.delivery.attempt], [first.payload, 2]);
    await world.nodeRed.kill9();
    await world.nodeRed.start();
    await world.inject('from-id');
    const third = await message('from-id', 3);
    assert.deepEqual([third.payload, third.delivery.attempt], [first.payload, 3]);
    await acknowledge(third);
  });

  it('obeys pause, resume and status, from wherever the command comes', async () => {
    assert.equal((await status('closing')).paused, false);
    await world.inject('closing', { control: 'pause' });
    assert.equal((await status('closing')).paused, true);
    await world.inject('closing');
    await bench.tally('closing');
    assert.deepEqual(topics('closing'), []);
    await world.inject('closing', { control: 'resume' });
    assert.equal((await message('closing', 1)).topic, 'plans/POST');
    await bench.answer('remember');
    await world.inject('by-flow');
    assert.equal((await status('by-env', {})).paused, false);
    assert.equal((await status('by-jsonata', { topic: 'STATUS' })).paused, false);
    assert.equal((await bench.tally('by-flow')).sent, 0);
    const { code, cause } = await bench.error('poll', { control: 'stop' });
    assert.deepEqual([code, cause.subject], ['INPUT_INVALID', 'control']);
  });

  it('replays a range as a run of its own, through a kill, while the normal run stands as it stood', async function () {
    this.timeout(60_000);
    await world.inject('replays');
    const held = await message('replays', 1);
    const before = (await status('replays')).feeds;
    await world.inject('replays', { control: { command: 'replay', from: 2, to: 3 } });
    const begun = await world.until('its beginning', () =>
      bench.sent('replays', 1).find(each => each.topic === 'replay'),
    );
    const { replay: name } = begun.payload as Properties;
    const first = await message('replays', 2);
    const seen = ({ topic, payload, delivery }: EventMessage) => [
      topic,
      payload.EventId,
      delivery.attempt,
      delivery.replay,
    ];
    assert.deepEqual(seen(first), ['addons/POST', 3, 1, name]);
    assert.deepEqual((await status('replays')).feeds, before);
    await world.nodeRed.kill9();
    await world.nodeRed.start();
    await world.inject('replays');
    const again = [await message('replays', 3), await message('replays', 4)];
    assert.deepEqual(again.map(seen), [
      ['plans/POST', held.payload.EventId, 2, undefined],
      ['addons/POST', 3, 2, name],
    ]);
    await acknowledge(again[1] ?? assert.fail());
    const end = await world.until('its end', () => bench.sent('replays', 1).find(({ topic }) => topic === 'replayed'));
    const { replay: ended, waiting, dead } = end.payload as Properties;
    assert.deepEqual([ended, waiting, dead], [name, 0, 0]);
    assert.deepEqual((await status('replays')).replays, []);
  });

  it('never has two requests for one feed under way', async () => {
    const before = (await bench.tally('poll')).complete;
    await Promise.all([world.inject('poll'), world.inject('poll'), world.inject('poll')]);
    await world.until('three completions', () => world.messages('poll complete').length === before + 3);
    const alongside = world.log.entries({ server: 'usage' }).filter(entry => entry.alongside > 0);
    assert.deepEqual(alongside, []);
  });

  it('refuses a second node with the same reader and names the first', async () => {
    const { code, message: text } = await bench.error('second');
    assert.equal(code, 'INPUT_CONFIG');
    assert.match(text, /^Reader: "wap-event-poll poll" already reads the events of wap1 as "poll-reader"/);
    assert.equal((await bench.tally('second')).complete, 0);
  });

  for (const { id, title, code, ...how } of failures) {
    it(`gives Catch ${code} once, and nothing else, when ${title}`, async () => {
      const before = await bench.tally(id);
      if ('fault' in how)
        world.wap.faults.add({ ...how.fault, server: 'usage', path: /^\//, times: Number.POSITIVE_INFINITY });
      const error = await bench.error(id);
      assert.deepEqual([error.code, typeof error.cause.retryable], [code, 'boolean'], error.message);
      const { complete, error: errors, sent } = await bench.tally(id);
      assert.deepEqual({ complete, sent }, { complete: 0, sent: 0 });
      // A node that could not start has said so by itself after each start.
      assert.equal(errors, before.error + 1);
    });
  }

  it('reports once that WAP went away, goes on trying, and says when it is back', async () => {
    const errors = () => world.messages('scheduled error').length;
    const alarms = () => bench.sent('scheduled', 2).length;
    await world.until('quiet', () => /^(waiting|up to)/.test(bench.status('scheduled') ?? ''));
    const [errorsBefore, alarmsBefore] = [errors(), alarms()];
    const fault = world.wap.faults.add({
      ...{ kind: 'status', status: 503, server: 'usage', path: '/billing/plans' },
      times: Number.POSITIVE_INFINITY,
    });
    await fault.untilHit(3);
    await world.until('the error', () => errors() > errorsBefore);
    assert.deepEqual([errors() - errorsBefore, alarms() - alarmsBefore], [1, 0]);
    await world.until('the status', () => bench.status('scheduled') === 'WAP failed');
    fault.remove();
    seed('after-the-break');
    await world.until('the alarm', () => alarms() === alarmsBefore + 1);
    assert.equal(bench.sent('scheduled', 2).at(-1)?.topic, 'recovered');
    const found = () =>
      bench.sent('scheduled').some(({ wap: part }) => JSON.stringify(part).includes('after-the-break'));
    await world.until('the event', found);
    assert.equal(errors() - errorsBefore, 1);
  });

  it('rests when WAP refuses the password, and says until when', async () => {
    await world.until('the status', () => /^WAP sign-in: next try \d\d:\d\d$/.test(bench.status('resting') ?? ''));
  });

  it('is interrupted by a deploy without a result, and works afterwards', async () => {
    const before = await bench.tally('poll');
    const held = world.wap.faults.add({ kind: 'hold-before', server: 'usage', path: '/billing/addons' });
    await world.inject('poll');
    await held.untilHit();
    const from = world.nodeRed.logs.length;
    await bench.deploy();
    await world.nodeRed.waitLog(/Interrupted by a deploy/, from);
    const after = await bench.tally('poll');
    assert.deepEqual([after.complete, after.error], [before.complete, before.error]);
    world.wap.faults.clear();
    await world.inject('poll');
    await world.until('a completion', () => world.messages('poll complete').length === before.complete + 1);
  });
});
