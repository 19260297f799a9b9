import assert from 'node:assert/strict';
import type { Quantity } from '../../lib/usage/quantity';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { aRecord } from '../unit/usage/meter/records';
import { Bench, nodesOf, type Properties } from './bench';
import { billing, common, configuration } from './state-world';

const type = 'billing-usage-send';
const short = { attemptSeconds: '1', totalSeconds: '2', retries: '0' };
const cases: Record<string, Properties> = {
  send: { attempts: '1' },
  records: { source: 'records' },
  patient: { source: 'records', billing: 'patient-billing' },
  'by-flow': { acknowledge: false, attempts: '1' },
  'of-flow': { usage: 'kept', usageType: 'flow' },
  'of-jsonata': { usage: '[payload.parts]', usageType: 'jsonata' },
  'to-refused': { billing: 'refused' },
  'to-nobody': { billing: 'nobody' },
  'no-template': { billing: 'no-usage' },
  'no-billing': { billing: '' },
};
const nodes = nodesOf(type, cases, { ...common, outputs: 3 });
const others = [
  ...configuration.filter(({ id }) => id !== 'billing'),
  billing('billing', short),
  billing('patient-billing'),
  billing('refused', { ...short, tokenEnv: 'WRONG_TOKEN' }),
  billing('nobody', { ...short, baseUrl: '${NOBODY}' }),
  billing('no-usage', { templates: JSON.stringify({ usage: null }) }),
];
const polls = nodesOf(
  'wap-usage-poll',
  { poll: { schedule: 'input', batchSize: '100', maxOpen: '1' } },
  { ...common, outputs: 3 },
);
const maps = nodesOf(
  'mapping-store',
  {
    map: {
      operation: 'put',
      mappingKind: 'subscription',
      mappingKindType: 'str',
      wapId: 'wapId',
      wapIdType: 'msg',
      billingId: 'billingId',
      billingIdType: 'msg',
      limit: '100',
      mappingName: '',
      mappingNameType: 'str',
    },
  },
  { ...common, outputs: 2 },
);
const meters = nodesOf('billing-usage-meter', { meter: {} }, { ...common, outputs: 3 });
const acks = nodesOf('wap-ack', { ack: { outcome: 'outcome', outcomeType: 'msg' } }, common);
const remember = nodesOf('function', { remember: { outputs: 1, func: "flow.set('kept', msg.payload); return msg;" } });

const aQuantity = (recordId: number, more: Partial<Quantity> = {}): Quantity => ({
  ...{
    recordId,
    key: `wap1/usage/${recordId}/cpu`,
    wapSubscriptionId: 's1',
    meter: 'cpu',
    unit: 'core-hours',
    quantity: '1.5',
  },
  ...{ startTime: '2026-03-01T10:00:00.000Z', endTime: '2026-03-01T11:00:00.000Z', adjustment: false, properties: {} },
  ...more,
});
/** WAP keeps records for a time only. */
const anHourAgo = Date.now() - 3_600_000;
const lately = { StartTime: new Date(anHourAgo - 3_600_000).toISOString(), EndTime: new Date(anHourAgo).toISOString() };
type Summary = { delivered: number; duplicate: number; retry: number; waiting: number; rejected: number };
const counts = ({ payload }: Properties) => {
  const { delivered, duplicate, retry, waiting, rejected } = payload as Summary;
  return { delivered, duplicate, retry, waiting, rejected };
};
const none = { delivered: 0, duplicate: 0, retry: 0, waiting: 0, rejected: 0 };

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;
  let ids = 100;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major, env: { WRONG_TOKEN: 'no', NOBODY: 'http://127.0.0.1:9' } });
    bench = await Bench.start(world, others, [...nodes, ...polls, ...maps, ...meters, ...acks, ...remember]);
    await bench.answer('map', { wapId: 's1', billingId: 'b1' });
  });
  after(() => world.stop());
  afterEach(() => world.billing.faults.clear());

  const ledger = (key: string) => world.billing.state.ledger.filter(({ id }) => id === key);
  /** A batch of the poll node with one record for each subscription. */
  const delivered = async (...subscriptions: string[]) => {
    world.wap.seed({
      usage: subscriptions.map(SubscriptionId =>
        aRecord({ EventId: ++ids, SubscriptionId, ExternalRecordId: `x${ids}`, ...lately }),
      ),
    });
    return bench.answer('poll');
  };
  const open = async () => {
    const before = bench.sent('poll', 1).length;
    await world.inject('poll', { control: 'status' });
    const { payload } = await world.until('a status', () =>
      bench
        .sent('poll', 1)
        .slice(before)
        .find(({ topic }) => topic === 'status'),
    );
    const { unacknowledged, dead } = payload as { unacknowledged: number; dead: number };
    return { unacknowledged, dead };
  };

  it('brings quantities to the ledger once, however often they come', async () => {
    const answer = await bench.answer('send', { payload: [aQuantity(1)], topic: 'mine' });
    assert.deepEqual([counts(answer), answer.topic], [{ ...none, delivered: 1 }, 'mine']);
    assert.deepEqual(counts(await bench.answer('send', { payload: [aQuantity(1)] })), { ...none, duplicate: 1 });
    const [entry, ...rest] = ledger('wap1/usage/1/cpu');
    assert.deepEqual([entry?.subscription, entry?.meter, entry?.quantity, rest], ['b1', 'cpu', '1.5', []]);
    assert.deepEqual(await bench.tally('send'), { complete: 2, error: 0, sent: 2 });
    assert.equal(bench.status('send'), '1 sent');
  });

  it('sends usage records as they are and acknowledges them', async () => {
    const answer = await bench.answer('records', await delivered('s1', 's1'));
    assert.deepEqual(
      [counts(answer), await open()],
      [
        { ...none, delivered: 2 },
        { unacknowledged: 0, dead: 0 },
      ],
    );
    assert.equal(ledger(`wap1/usage/${ids}/DatabaseCount`)[0]?.quantity, '2');
  });

  it('says who waits for a mapping, and goes on when it is there', async () => {
    const message = await delivered('s1', 'late');
    const answer = await bench.answer('records', message);
    assert.deepEqual(counts(answer), { ...none, delivered: 1, waiting: 1 });
    const waiting = await world.message('records 2');
    assert.deepEqual(waiting.payload, [{ wapSubscriptionId: 'late', quantities: 1 }]);
    assert.equal((await open()).unacknowledged, 0);
    const before = bench.sent('poll').length;
    await bench.answer('map', { wapId: 'late', billingId: 'b-late' });
    const again = await world.message('poll 0', before + 1, 30_000);
    assert.deepEqual(counts(await bench.answer('records', again)), { ...none, delivered: 1 });
  });

  it('sets aside what billing refuses, with the reason', async () => {
    world.billing.faults.add({ kind: 'status', status: 422, path: '/usage' });
    const answer = await bench.answer('records', await delivered('s1'));
    assert.deepEqual(counts(answer), { ...none, rejected: 1 });
    const [rejected] = (await world.message('records 1')).payload as Array<{
      reason: string;
      wapSubscriptionId: string;
    }>;
    assert.match(rejected?.reason ?? '', /422/);
    assert.equal((await open()).dead, 1);
  });

  it('says what needs a person at the poll node and each send node, after a deploy too, until it is over', async () => {
    const nodeIds = ['poll', 'records', 'send', 'meter'] as const;
    const shows = (text: string) => () => nodeIds.every(id => bench.status(id) === text);
    const alarms = () => bench.sent('poll', 2).map(({ topic }) => topic);
    await world.until('the refused one', shows('1 refused'));
    await world.until('the alarm', () => alarms().at(-1) === 'attention');
    await bench.answer('records', await delivered('unmapped'));
    await world.until('both', shows('1 refused · 1 wait for a mapping'));
    await bench.answer('send', { payload: [aQuantity(11)] });
    assert.equal(bench.status('send'), '1 refused · 1 wait for a mapping');
    const toldBefore = alarms().length;
    const told = (id: string) => world.messages(`${id} status`).length;
    const before = nodeIds.map(told);
    await bench.deploy();
    await world.until('all to say it after the deploy', () => nodeIds.every((id, at) => told(id) > (before[at] ?? 0)));
    await world.until('both after the deploy', shows('1 refused · 1 wait for a mapping'));
    assert.equal(alarms().length, toldBefore, 'a deploy is no reason to tell it again');
    const unmapped = ids;
    await world.inject('poll', { control: { command: 'discard', ids: 'all', reason: 'a test' } });
    await world.until('one', shows('1 wait for a mapping'));
    await world.inject('poll', { control: { command: 'discard', ids: [unmapped], reason: 'a test' } });
    await world.until('the end', () => alarms().at(-1) === 'attentionOver');
    await world.until('nothing', () => nodeIds.every(id => !/refused|mapping/.test(bench.status(id) ?? '')));
  });

  it('leaves the acknowledgement to wap-ack when it is told so', async () => {
    const message = await delivered('s1');
    const answer = await bench.answer('by-flow', { ...message, payload: [aQuantity(ids)] });
    assert.deepEqual(answer.outcome, [{ EventId: ids, outcome: 'delivered' }]);
    assert.equal((await open()).unacknowledged, 1);
    await bench.answer('ack', answer);
    assert.equal((await open()).unacknowledged, 0);
  });

  it('takes usage from flow and expression', async () => {
    await bench.answer('remember', { payload: [aQuantity(31)] });
    assert.equal(counts(await bench.answer('of-flow')).delivered, 1);
    assert.equal(counts(await bench.answer('of-jsonata', { payload: { parts: [aQuantity(32)] } })).delivered, 1);
  });

  it('bears two messages at once and a lost answer', async () => {
    world.billing.faults.add({ kind: 'reset-after', path: '/usage' });
    const sent = bench.sent('send').length;
    const failed = world.messages('send error').length;
    await Promise.all([
      world.inject('send', { payload: [aQuantity(41)] }),
      world.inject('send', { payload: [aQuantity(42)] }),
    ]);
    await world.until(
      'both',
      () => bench.sent('send').length + world.messages('send error').length === sent + failed + 2,
    );
    await bench.answer('send', { payload: [aQuantity(41), aQuantity(42)] });
    assert.deepEqual([ledger('wap1/usage/41/cpu').length, ledger('wap1/usage/42/cpu').length], [1, 1]);
  });

  for (const [title, id, fault, code] of [
    ['fails', 'send', { kind: 'status', status: 503 }, 'BILLING_SERVER'],
    ['wants us to slow down', 'send', { kind: 'rate' }, 'BILLING_RATE'],
    ['does not answer', 'send', { kind: 'hold' }, 'BILLING_TIMEOUT'],
    ['hangs up', 'send', { kind: 'reset-before' }, 'BILLING_NETWORK'],
    ['cuts its answer short', 'send', { kind: 'cut-json' }, 'BILLING_BAD_RESPONSE'],
    ['refuses the credentials', 'to-refused', null, 'BILLING_AUTH'],
    ['is not there', 'to-nobody', null, 'BILLING_NETWORK'],
    ['has no template for usage', 'no-template', null, 'INPUT_CONFIG'],
    ['is not chosen', 'no-billing', null, 'INPUT_CONFIG'],
  ] as const) {
    it(`gives Catch ${code} once, and nothing else, when billing ${title}`, async () => {
      const key = aQuantity(++ids);
      const before = await bench.tally(id);
      if (fault) world.billing.faults.add({ ...fault, path: '/usage', times: Number.POSITIVE_INFINITY });
      const error = await bench.error(id, { payload: [key] });
      assert.deepEqual([error.code, typeof error.cause.retryable], [code, 'boolean']);
      const after = await bench.tally(id);
      assert.deepEqual([after.complete, after.error, after.sent], [before.complete, before.error + 1, before.sent]);
    });
  }

  it('brings a batch again by itself when billing could not be asked', async () => {
    world.billing.faults.add({ kind: 'status', status: 503, path: '/usage' });
    const message = await delivered('s1');
    const count = bench.sent('poll').length;
    assert.equal((await bench.error('records', message)).code, 'BILLING_SERVER');
    const again = await world.message('poll 0', count + 1, 30_000);
    assert.equal((again.delivery as { attempt: number }).attempt, 2);
    assert.equal(counts(await bench.answer('records', again)).delivered, 1);
  });

  for (const [title, payload, subject] of [
    ['nothing', undefined, 'usage'],
    ['no quantity', { a: 1 }, 'quantities.endTime'],
    ['no list', 'all', 'quantities'],
    ['a quantity that is no decimal', [{ ...aQuantity(1), quantity: 'many' }], 'quantities[0].quantity'],
    ['a quantity without key', [{ ...aQuantity(1), key: '' }], 'quantities[0].key'],
  ] as const) {
    it(`names the field when the message holds ${title}`, async () => {
      assert.equal((await bench.error('send', { payload })).cause.subject, subject);
    });
  }

  it('is interrupted by a deploy, and what it was about comes again and is billed once', async () => {
    const held = world.billing.faults.add({ kind: 'hold', path: '/usage' });
    const message = await delivered('s1');
    const before = bench.sent('poll').length;
    await world.inject('patient', message);
    await held.untilHit();
    const from = world.nodeRed.logs.length;
    await bench.deploy();
    await world.nodeRed.waitLog(/Interrupted by a deploy/, from);
    world.billing.faults.clear();
    const again = await world.message('poll 0', before + 1, 30_000);
    await bench.answer('records', again);
    assert.equal(ledger(`wap1/usage/${ids}/DatabaseCount`).length, 1);
  });
});
