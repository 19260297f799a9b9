import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { aRecord } from '../unit/usage/meter/records';
import { Bench, nodesOf, type Properties } from './bench';
import { common, configuration } from './state-world';

const type = 'billing-usage-meter';
const rules = (...rows: object[]) => ({ rules: JSON.stringify(rows) });
const databases = { metric: 'DatabaseCount', meter: 'db', unit: 'each' };
const cases: Record<string, Properties> = {
  meter: {},
  own: rules({ ...databases, factor: '0.1' }),
  'of-flow': { records: 'kept', recordsType: 'flow' },
  'of-jsonata': { records: '[payload[EventId > 1]]', recordsType: 'jsonata' },
  daily: { window: 'day', timeZone: '${ZONE:-UTC}', closing: 'caughtUp', ...rules(databases) },
  timed: { window: 'hour', latenessMinutes: '0', series: 'timed', ...rules(databases) },
  'same-series': { window: 'day', series: 'usage' },
  conflicting: rules(databases, { ...databases, metric: 'Other', unit: 'MB' }),
  'no-zone': { window: 'day', series: 'nowhere', timeZone: 'Mars/Base' },
  'no-state': { state: '' },
};
const nodes = nodesOf(type, cases, { ...common, outputs: 3 });
const polls = nodesOf('wap-usage-poll', { poll: { schedule: 'input', consumer: 'meter' } }, { ...common, outputs: 3 });
const acks = nodesOf('wap-ack', { ack: {} }, common);
const remember = nodesOf('function', { remember: { outputs: 1, func: "flow.set('kept', msg.payload); return msg;" } });

/** Windows are kept for a time only, so what goes into them is of these days. */
const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day - 2 * day;
const at = (hour: number) => ({
  StartTime: new Date(midnight + hour * 3_600_000).toISOString(),
  EndTime: new Date(midnight + (hour + 1) * 3_600_000).toISOString(),
});

type Item = Record<string, unknown>;
const items = (message: Properties) => message.payload as Item[];

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major, env: { ZONE: 'Europe/Madrid' } });
    bench = await Bench.start(world, configuration, [...nodes, ...polls, ...acks, ...remember]);
  });
  after(() => world.stop());

  it('gives the quantities of a batch and keeps the rest of the message', async () => {
    const delivery = { feed: 'usage', token: 't', firstId: 1, lastId: 1, count: 1, attempt: 1 };
    const answer = await bench.answer('meter', { payload: [aRecord()], delivery, topic: 'mine' });
    assert.deepEqual(items(answer), [
      {
        ...{ recordId: 1, key: 'wap1/usage/1/mysql-databases', wapSubscriptionId: 'sub-1', meter: 'mysql-databases' },
        ...{ unit: 'database-hours', quantity: '2', adjustment: false },
        ...{ startTime: '2026-03-01T10:00:00.000Z', endTime: '2026-03-01T11:00:00.000Z' },
        ...{ properties: { provider: 'mysqlservers', serviceType: 'Default' }, token: 't', recordQuantities: 1 },
      },
    ]);
    assert.deepEqual([answer.delivery, answer.topic], [{ ...delivery, quantities: 1 }, 'mine']);
    assert.deepEqual(await bench.tally('meter'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('meter'), '1 quantities');
  });

  it('takes one record, and records from flow and expression', async () => {
    assert.equal(items(await bench.answer('own', { payload: aRecord() }))[0]?.quantity, '0.2');
    await bench.answer('remember', { payload: [aRecord({ EventId: 5 })] });
    assert.equal(items(await bench.answer('of-flow'))[0]?.recordId, 5);
    const found = items(await bench.answer('of-jsonata', { payload: [aRecord(), aRecord({ EventId: 2 })] }));
    assert.deepEqual(
      found.map(({ recordId }) => recordId),
      [2],
    );
  });

  it('gives unknown meters and odd values aside, without the delivery', async () => {
    const [unknown, odd] = [bench.sent('own', 1).length, bench.sent('own', 2).length];
    const records = [
      aRecord({ Resources: { Widgets: '1' } }),
      aRecord({ EventId: 2, Resources: { DatabaseCount: 'NaN' } }),
    ];
    const answer = await bench.answer('own', {
      payload: records,
      delivery: { feed: 'usage' },
      topic: 'mine',
    });
    assert.deepEqual(answer.payload, []);
    const first = await world.message('own 1', unknown + 1);
    const second = await world.message('own 2', odd + 1);
    assert.deepEqual([first.payload, first.delivery, first.topic], [[records[0]], undefined, 'mine']);
    assert.deepEqual(
      items(second).map(({ EventId, reason }) => [EventId, reason]),
      [[2, 'NaN']],
    );
  });

  it('gathers what the poll node brings in windows, acknowledges it, and bills it once', async () => {
    world.wap.seed({
      usage: [
        aRecord({ EventId: 10, ...at(-1.5) }),
        aRecord({ EventId: 11, ...at(10), Resources: { DatabaseCount: '0.5' } }),
      ],
    });
    const records = await bench.answer('poll');
    const done = (await bench.tally('daily')).complete;
    await world.inject('daily', records);
    await world.inject('daily', { topic: 'caughtUp' });
    const message = await world.message('daily 0');
    // In Madrid the day begins one or two hours before midnight UTC, so both are of one day.
    assert.deepEqual(
      items(message).map(({ quantity }) => quantity),
      ['2.5'],
    );
    const before = bench.sent('poll', 1).length;
    await world.inject('poll', { control: 'status' });
    const { payload } = await world.message('poll 1', before + 1);
    assert.equal((payload as Item).unacknowledged, 0);
    await bench.answer('ack', message);
    await world.inject('daily', { ...records, delivery: undefined });
    await world.inject('daily', { control: 'close' });
    assert.equal((await bench.answer('daily', { control: 'status' })).topic, 'status');
    assert.equal(bench.sent('daily').filter(({ topic }) => topic === 'usage').length, 1);
    assert.ok((await bench.tally('daily')).complete > done);
  });

  it('sends an adjustment for what comes late, also after a deploy', async () => {
    await world.inject('timed', { payload: [aRecord({ EventId: 20, ...at(10) })] });
    const first = await world.message('timed 0');
    await bench.answer('ack', first);
    await bench.deploy();
    await world.inject('timed', { payload: [aRecord({ EventId: 21, ...at(10), Resources: { DatabaseCount: '3' } })] });
    const second = await world.message('timed 0', 2);
    const [one, two] = [items(first)[0], items(second)[0]];
    assert.deepEqual([one?.quantity, one?.adjustment, two?.quantity, two?.adjustment], ['2', false, '3', true]);
    assert.equal(two?.key, `${one?.key}/adjustment-1`);
  });

  it('sends again after a deploy what was not acknowledged', async () => {
    const count = bench.sent('timed').length;
    const last = bench.sent('timed').at(-1);
    await bench.deploy();
    const again = await world.message('timed 0', count + 1);
    const keys = (message: typeof again) => items(message).map(({ key }) => key);
    assert.deepEqual([keys(again), (again.delivery as Item).attempt], [keys(last ?? again), 2]);
    await bench.answer('ack', again);
  });

  it('refuses a batch whose acknowledgement belongs to nobody, and counts nothing', async () => {
    const { code } = await bench.error('timed', {
      payload: [aRecord({ EventId: 30, ...at(10) })],
      delivery: { feed: 'usage', token: 'nobody' },
    });
    assert.equal(code, 'STATE_DELIVERY');
  });

  for (const [id, code, text] of [
    ['same-series', 'INPUT_CONFIG', /already|could not start/],
    ['conflicting', 'INPUT_CONFIG', /could not start/],
    ['no-zone', 'INPUT_CONFIG', /could not start/],
    ['no-state', 'INPUT_CONFIG', /state/],
  ] as const) {
    it(`cannot work: ${id}`, async () => {
      const error = await bench.error(id, { payload: [aRecord()] });
      assert.equal(error.code, code);
      assert.match(error.message, text);
    });
  }

  it('says at the deploy which rules conflict', () => {
    const told = world.messages('conflicting error').map(({ error }) => (error as { message: string }).message);
    assert.ok(
      told.some(message => /^Rules, row 2, unit differs from row 1/.test(message)),
      told.join('\n'),
    );
  });

  for (const [title, payload, subject] of [
    ['a text', 'x', 'records[0]'],
    ['a record without id', [{ Resources: {} }], 'records[0]'],
    ['nothing', undefined, 'records'],
  ] as const) {
    it(`names the field when the message holds ${title}`, async () => {
      const error = await bench.error('meter', { payload });
      assert.equal(error.cause.subject, subject);
    });
  }
});
