import assert from 'node:assert/strict';
import { aPlan } from '../builders';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, nodesOf, type Properties } from './bench';
import { common, configuration, state } from './state-world';

const polls = nodesOf(
  'wap-event-poll',
  { poll: { schedule: 'input' }, batches: { schedule: 'input', consumer: 'batches', emit: 'batch', batchSize: '3' } },
  { ...common, outputs: 3 },
);
const usage = nodesOf('wap-usage-poll', { usage: { schedule: 'input', consumer: 'usage' } }, { ...common, outputs: 3 });
const map = nodesOf(
  'mapping-store',
  {
    map: {
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{ billingId: 'billingId', billingIdType: 'msg', mappingName: '', mappingNameType: 'str', limit: '100' },
    },
  },
  { ...common, outputs: 2 },
);
const acks = nodesOf(
  'wap-ack',
  {
    ack: {},
    retry: { outcome: 'retry', retrySeconds: '0' },
    later: { outcome: 'retry', retrySeconds: '3600' },
    waiting: { outcome: 'waiting' },
    dead: { outcome: 'deadLetter' },
    'of-message': { outcome: 'outcome', outcomeType: 'msg', reason: 'why ${PLACE}', reasonType: 'str' },
    'of-flow': { outcome: 'todo', outcomeType: 'flow', token: '$lookup(delivery, "token")', tokenType: 'jsonata' },
    'of-env': { outcome: 'OUTCOME', outcomeType: 'env' },
    'no-state': { state: '' },
    elsewhere: { state: 'other-state' },
  },
  common,
);
const remember = nodesOf('function', { remember: { outputs: 1, func: "flow.set('todo', 'delivered'); return msg;" } });
const others = [...configuration, state('other-state', { address: 'elsewhere.sqlite' })];

onMajorsOfThisNode('wap-ack', major => {
  let world: World<InProcess>;
  let bench: Bench;
  let plans = 0;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major, env: { OUTCOME: 'delivered', PLACE: 'here' }, wap: { eventGap: 1 } });
    bench = await Bench.start(world, others, [...polls, ...usage, ...map, ...acks, ...remember]);
  });
  after(() => world.stop());

  /** What the poll node sends next when a plan with this name is there. */
  const next = async (poll = 'poll') => {
    const before = bench.sent(poll).length;
    plans += 1;
    world.wap.seed({ events: [{ feed: 'plans', Entity: aPlan({ Id: `p${plans}` }) }] });
    await world.inject(poll);
    return world.message(`${poll} 0`, before + 1);
  };
  const again = (poll: string, than: Properties, attempt: number) =>
    world.until(`attempt ${attempt}`, () =>
      bench.sent(poll).find(({ delivery, payload }) => {
        const { attempt: got } = delivery as Properties;
        return got === attempt && JSON.stringify(payload) === JSON.stringify(than.payload);
      }),
    );
  /** Sends a message as a Catch node sends it. */
  const inCatch = async (id: string, message: Properties, reason: string) => {
    const before = bench.sent(id).length;
    await world.inject(id, { ...message, error: { message: reason } });
    return world.message(`${id} 0`, before + 1);
  };
  const status = async (poll = 'poll') => {
    const answers = () => bench.sent(poll, 1).filter(({ topic }) => topic === 'status');
    const before = answers().length;
    await world.inject(poll, { control: 'status' });
    return (await world.until('a status', () => answers()[before])).payload as Properties;
  };

  it('settles what was delivered and sends the message on unchanged', async () => {
    const message = await next();
    const answer = await bench.answer('ack', { ...message, topic: 'mine' });
    assert.deepEqual(answer, { ...message, topic: 'mine', _msgid: answer._msgid });
    const { unacknowledged, waiting } = await status();
    assert.deepEqual([unacknowledged, waiting], [0, 0]);
    assert.deepEqual(await bench.tally('ack'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('ack'), 'settled');
  });

  it('takes the same acknowledgement twice, and the first outcome counts', async () => {
    const message = await next();
    await bench.answer('ack', message);
    await inCatch('dead', message, 'too late');
    assert.equal((await status()).dead, 0);
  });

  it('brings an event again at once, or later, when it is to be tried again', async () => {
    const message = await next();
    await bench.answer('retry', message);
    const second = await again('poll', message, 2);
    await bench.answer('later', second);
    const { waiting, unacknowledged } = await status();
    assert.deepEqual([waiting, unacknowledged], [1, 0]);
  });

  it('puts a dead letter aside with the reason from the error of the message', async () => {
    const message = await next();
    await inCatch('dead', message, 'billing said no');
    assert.equal((await status()).dead, 1);
  });

  it('lets an event wait, and others go on', async () => {
    const before = await status();
    await bench.answer('waiting', await next());
    const after = await status();
    assert.deepEqual([after.waiting, after.dead], [Number(before.waiting) + 1, before.dead]);
    await bench.answer('ack', await next());
  });

  it('lets a usage record wait until its subscription has a mapping', async () => {
    const record = { EventId: 1, ExternalRecordId: 'x1', SubscriptionId: 's1', Resources: { DatabaseCount: '1' } };
    world.wap.seed({ usage: [record] });
    await world.inject('usage');
    const first = await world.message('usage 0', 1);
    await bench.answer('waiting', first);
    const { unmapped, unacknowledged } = await status('usage');
    assert.deepEqual([unmapped, unacknowledged], [1, 0]);
    await bench.answer('map', { wapId: 's1', billingId: 'b-s1' });
    const second = await world.message('usage 0', 2);
    assert.deepEqual([second.payload, (second.delivery as Properties).attempt], [first.payload, 2]);
    await bench.answer('ack', second);
    assert.equal((await status('usage')).unmapped, 0);
  });

  it('asks for the reason of a dead letter', async () => {
    const message = await next();
    const { code, cause } = await bench.error('dead', message);
    assert.deepEqual([code, cause.subject], ['INPUT_MISSING', 'reason']);
    assert.deepEqual(await bench.tally('dead'), { complete: 2, error: 1, sent: 2 });
    await bench.answer('of-message', { ...message, outcome: 'deadLetter' });
    assert.equal((await status()).dead, 2);
  });

  it('takes outcome and token from flow, environment and expression', async () => {
    await bench.answer('remember');
    await bench.answer('of-flow', await next());
    await bench.answer('of-env', await next());
    assert.equal((await status()).unacknowledged, 0);
  });

  it('refuses a token of nobody with STATE_DELIVERY, once and to Catch', async () => {
    const before = await bench.tally('ack');
    const { code } = await bench.error('ack', { delivery: { token: 'made up' } });
    assert.equal(code, 'STATE_DELIVERY');
    assert.deepEqual(await bench.tally('ack'), { ...before, error: before.error + 1 });
  });

  it('refuses a token that belongs to another state', async () => {
    const message = await next();
    const { code } = await bench.error('elsewhere', message);
    assert.equal(code, 'STATE_DELIVERY');
    await bench.answer('ack', message);
  });

  it('refuses an acknowledgement that comes after the events were sent again, unless it names what is done', async () => {
    const message = await next();
    await bench.deploy();
    await world.inject('poll');
    await again('poll', message, 2);
    assert.equal((await bench.error('ack', { ...message, payload: 'an answer' })).code, 'STATE_DELIVERY');
    assert.equal((await status()).unacknowledged, 1);
    await bench.answer('ack', message);
    assert.equal((await status()).unacknowledged, 0);
  });

  it('handles two messages at once', async () => {
    const message = await next();
    const before = bench.sent('ack').length;
    await Promise.all([world.inject('ack', message), world.inject('ack', message)]);
    await world.message('ack 0', before + 2);
    assert.equal((await status()).unacknowledged, 0);
  });

  it('names what is missing', async () => {
    const noToken = await bench.error('ack', {});
    assert.deepEqual([noToken.code, noToken.cause.subject], ['INPUT_MISSING', 'token']);
    const noState = await bench.error('no-state', { delivery: { token: 'x' } });
    assert.deepEqual([noState.code, noState.cause.subject], ['INPUT_CONFIG', 'state']);
    const noWord = await bench.error('of-message', { delivery: { token: 'x' }, outcome: 'done' });
    assert.deepEqual([noWord.code, noWord.cause.subject], ['INPUT_INVALID', 'outcome']);
  });

  // The last two, because their events come to the other reader too.
  it('settles single events of a batch, and the others come again', async () => {
    const first = await next('batches');
    const ids = (first.payload as Array<{ EventId: number }>).map(({ EventId }) => EventId);
    const [one, ...others] = ids;
    assert.equal(ids.length, 3);
    const outcome = [
      { EventId: one, outcome: 'delivered' },
      ...others.map(EventId => ({ EventId, outcome: 'retry', retrySeconds: 0 })),
    ];
    const before = bench.sent('batches').length;
    await bench.answer('of-message', { ...first, outcome });
    const second = await world.message('batches 0', before + 1);
    const came = (second.payload as Array<{ EventId: number }>).map(({ EventId }) => EventId);
    assert.deepEqual(came.slice(0, 2), others);
    assert.equal((second.delivery as Properties).attempt, 2);
  });

  it('settles what a message has of a batch, and shares of a split when all have come', async () => {
    const batches = () => bench.sent('batches').filter(({ topic }) => topic !== 'status');
    const left = async () => (await status('batches')).unacknowledged;
    const batch = batches().at(-1) ?? assert.fail();
    const [one, ...others] = batch.payload as unknown[];
    const [before, count] = [Number(await left()), batches().length];
    await bench.answer('ack', { ...batch, payload: one, feeds: undefined });
    assert.equal(await left(), before - 1);
    await bench.answer('ack', { ...batch, payload: others });
    const next = await world.message('batches 0', count + 1);
    const share = (index: number, of = 3) => ({
      ...{ ...next, payload: { status: 'ok' } },
      parts: { id: 'x', type: 'array', count: of, len: 1, index },
    });
    const out = await left();
    await bench.answer('ack', share(2));
    await bench.answer('ack', share(0));
    assert.equal(await left(), out);
    const { code, cause } = await bench.error('ack', share(1, 2));
    assert.deepEqual([code, cause.subject], ['INPUT_INVALID', 'items']);
    await bench.answer('ack', share(1));
    await world.message('batches 0', count + 2);
  });
});
