import assert from 'node:assert/strict';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { common, configuration, wap } from './state-world';

const type = 'wap-usage-poll';
const asked = { schedule: 'input' };
const cases: Record<string, Properties> = {
  poll: { ...asked, batchSize: '2', maxOpen: '1' },
  single: { ...asked, emit: 'record' },
  paged: { ...asked, batchSize: '${SIZE:-1000}', pageSize: '3', maxOpen: '100' },
  now: { ...asked, startAt: 'now' },
  'from-id': { ...asked, startAt: 'id', startId: '4' },
  'from-time': { ...asked, startAt: 'time', startTime: '2026-01-01T04:30:00Z' },
  scheduled: { everySeconds: '${EVERY:-60}', maxOpen: '100' },
  daily: { schedule: 'daily', dailyAt: '02:30', timeZone: 'Europe/Madrid' },
  'by-flow': { ...asked, control: 'command', controlType: 'flow' },
  'bad-time': { schedule: 'daily', dailyAt: '25:00' },
  'bad-zone': { schedule: 'daily', timeZone: 'Mars/Base' },
  'no-start': { ...asked, startAt: 'time', startTime: '' },
  refused: { ...asked, connection: 'refused-wap' },
  'no-state': { ...asked, state: '' },
  broken: asked,
};
// Readers of their own, so that the cases do not share their records.
const readers = Object.fromEntries(
  Object.entries(cases).map(([id, own]) => [id, { consumer: `${id}-reader`, ...own }]),
);
const nodes = nodesOf(type, readers, { ...common, outputs: 3 });
const others = [...configuration, wap('refused-wap', { usagePasswordEnv: 'WRONG_PASSWORD' })];
const remember = nodesOf('function', { remember: { outputs: 1, func: "flow.set('command', 'status'); return msg;" } });
const acks = nodesOf('wap-ack', { ack: {}, 'ack-each': { outcome: 'outcome', outcomeType: 'msg' } }, common);

interface RecordMessage {
  payload: Array<{ EventId: number }> & { EventId: number };
  delivery: { attempt: number; firstId: number; lastId: number; count: number; keyPrefix: string; replay?: string };
  parts?: { index: number; count: number };
}

onEachMajor(type, major => {
  let world: World;
  let bench: Bench;

  const env = { EVERY: '1', SIZE: '3', WRONG_PASSWORD: 'wrong' };

  before(async function () {
    this.timeout(120_000);
    world = await startWorld({ major, env, wap: { retentionDays: 36_500 } });
    const usage = [1, 2, 3, 4, 5].map(EventId => ({
      ...{ EventId, ExternalRecordId: `x${EventId}`, SubscriptionId: 's1', Resources: { DatabaseCount: '1' } },
      ...{ StartTime: `2026-01-01T0${EventId - 1}:00:00`, EndTime: `2026-01-01T0${EventId}:00:00` },
    }));
    world.wap.seed({ usage });
    bench = await Bench.start(world, others, [...nodes, ...acks, ...remember]);
  });
  after(() => world.stop());
  afterEach(() => world.wap.faults.clear());

  const message = async (id: string, count: number) =>
    (await world.message(`${id} 0`, count)) as unknown as RecordMessage;
  const acknowledge = (delivered: RecordMessage) => bench.answer('ack', { ...delivered });
  const ids = ({ payload }: RecordMessage) => payload.map(({ EventId }) => EventId);
  /** A run that catches up meanwhile reports at the same output. */
  const answer = async (id: string, control: string | { command: string; [field: string]: unknown }) => {
    const command = typeof control === 'string' ? control : control.command;
    const before = bench.sent(id, 1).length;
    await world.inject(id, { control });
    const answers = () => bench.sent(id, 1).slice(before);
    return world.until(`the answer to ${command}`, () => answers().find(({ topic }) => topic === command));
  };

  it('gives batches one after another, each when the last is acknowledged, and says when it has caught up', async () => {
    await world.inject('poll');
    for (const [place, expected] of [[1, 2], [3, 4], [5]].entries()) {
      const batch = await message('poll', place + 1);
      assert.deepEqual(ids(batch), expected);
      await acknowledge(batch);
    }
    const { payload } = await world.message('poll 1');
    const { fetched, sent, waiting, feeds } = payload as Properties;
    assert.deepEqual([fetched, sent, waiting], [5, 3, 0]);
    assert.deepEqual(feeds, [{ feed: 'usage', fetched: 5, delivered: 5 }]);
    assert.equal((await bench.tally('poll')).complete, 1);
    assert.equal((await message('poll', 1)).delivery.keyPrefix.endsWith('/usage/'), true);
  });

  it('gives single records, each acknowledged by itself', async () => {
    await world.inject('single');
    const second = await message('single', 2);
    assert.deepEqual([second.payload.EventId, second.parts?.index, second.parts?.count], [2, 1, 5]);
    await acknowledge(second);
    const { payload } = await answer('single', 'status');
    assert.deepEqual((payload as Properties).feeds, [{ feed: 'usage', fetched: 5, delivered: -1 }]);
    await acknowledge(await message('single', 1));
    const then = await answer('single', 'status');
    assert.deepEqual((then.payload as Properties).feeds, [{ feed: 'usage', fetched: 5, delivered: 2 }]);
  });

  it('reads page by page, as long as the environment says', async () => {
    await world.inject('paged');
    assert.deepEqual(
      [ids(await message('paged', 1)), ids(await message('paged', 2))],
      [
        [1, 2, 3],
        [4, 5],
      ],
    );
  });

  it('begins where it is told to', async () => {
    for (const id of ['from-id', 'from-time', 'now']) await world.inject(id);
    assert.deepEqual(ids(await message('from-id', 1)), [4, 5]);
    assert.deepEqual(ids(await message('from-time', 1)), [5]);
    await world.until('the first poll', () => bench.sent('now', 1).length > 0);
    assert.equal(bench.sent('now').length, 0);
  });

  it('polls by itself, and obeys a command from the flow', async () => {
    assert.deepEqual(ids(await message('scheduled', 1)), [1, 2, 3, 4, 5]);
    await bench.answer('remember');
    assert.equal((await bench.answer('by-flow', {}, 1)).topic, 'status');
    assert.equal((await answer('daily', 'status')).topic, 'status');
  });

  it('replays a range as a run of its own', async () => {
    const begun = await answer('poll', { command: 'replay', from: 2, to: '2026-01-01T05:00:00Z' });
    const { replay } = begun.payload as { replay: string };
    const seen: number[] = [];
    for (let count = 4; seen.length < 3; count += 1) {
      const batch = await message('poll', count);
      assert.equal(batch.delivery.replay, replay);
      seen.push(...ids(batch));
      await acknowledge(batch);
    }
    assert.deepEqual(seen, [2, 3, 4]);
    await world.until('the end of it', () => bench.sent('poll', 1).find(({ topic }) => topic === 'replayed'));
  });

  it('lists dead letters, sends them again and gives them up', async () => {
    const refused = [4, 5].map(EventId => ({ EventId, outcome: 'deadLetter', reason: 'unknown meter' }));
    await bench.answer('ack-each', { ...(await message('from-id', 1)), outcome: refused });
    const listed = await answer('from-id', 'deadLetters');
    assert.deepEqual(
      (listed.payload as Properties[]).map(({ eventId, reason }) => `${eventId} ${reason}`),
      ['4 unknown meter', '5 unknown meter'],
    );
    await answer('from-id', { command: 'discard', ids: [5], reason: 'tested' });
    await answer('from-id', { command: 'sendAgain', ids: 'all' });
    const again = await message('from-id', 2);
    assert.deepEqual([ids(again), again.delivery.attempt], [[4], 2]);
    await acknowledge(again);
  });

  it('brings what was not acknowledged again after a deploy and after a kill', async function () {
    this.timeout(60_000);
    await bench.deploy();
    await world.inject('from-time');
    assert.equal((await message('from-time', 2)).delivery.attempt, 2);
    await world.nodeRed.kill9();
    await world.nodeRed.start();
    await world.inject('from-time');
    assert.equal((await message('from-time', 3)).delivery.attempt, 3);
  });

  for (const [id, code, field] of [
    ['bad-time', 'INPUT_INVALID', /Daily at: give/],
    ['bad-zone', 'INPUT_INVALID', /Time zone: give/],
    ['no-start', 'INPUT_MISSING', /Time: it is needed/],
  ] as const) {
    it(`says at the start that a field is wrong: ${id}`, async () => {
      const { error } = await world.message(`${id} error`);
      const { code: first, message: text } = error as { code: string; message: string };
      assert.equal(first, code);
      assert.match(text, field);
      assert.equal((await bench.error(id)).code, 'INPUT_CONFIG');
    });
  }

  for (const [id, code] of [
    ['refused', 'WAP_AUTH'],
    ['no-state', 'INPUT_CONFIG'],
  ] as const) {
    it(`is ${code} for whoever asks: ${id}`, async () => assert.equal((await bench.error(id)).code, code));
  }

  it('refuses commands that it does not know, and says which there are', async () => {
    const { code, message: text } = await bench.error('broken', { control: 'jump' });
    assert.equal(code, 'INPUT_INVALID');
    assert.match(text, /poll, pause, resume, status, deadLetters, sendAgain, discard, replay/);
  });

  it('is WAP_SERVER when WAP fails, and reads on when it works again', async () => {
    // As often as it takes: a node that polls by itself would have the only one.
    const times = Number.POSITIVE_INFINITY;
    world.wap.faults.add({ kind: 'status', status: 500, path: '/usage', server: 'usage', times });
    assert.equal((await bench.error('broken')).code, 'WAP_SERVER');
    world.wap.faults.clear();
    await world.inject('broken');
    assert.deepEqual(ids(await message('broken', 1)), [1, 2, 3, 4, 5]);
  });
});
