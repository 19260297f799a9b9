import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { connections, failingNodes, failsClearly } from './billing-world';

const type = 'billing-plan-retire';
const nodes = [
  ...nodesOf(
    type,
    {
      retire: {},
      unwired: { billing: '' },
      typed: { offerKey: 'old-${SEASON:-spring}', offerKeyType: 'str' },
    },
    { billing: 'ok' },
  ),
  ...failingNodes(type),
];
const about = (Id: string) => ({ wap: { kind: 'plan', plan: { Id } } });

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major, env: { WRONG_TOKEN: 'no', SEASON: 'summer' } });
    for (const key of ['gold', 'lost', 'failing', 'old-summer', 'deployed'])
      world.billing.seed({ offers: [{ key, name: key, state: 'active' }] });
    bench = await Bench.start(world, connections, nodes);
  });
  after(() => world.stop());
  afterEach(() => world.billing.faults.clear());

  const stateOf = (key: string) => world.billing.state.offers.find(known => known.key === key)?.state;

  it('retires the offer and leaves it on the message, keeping the rest', async () => {
    const answer = await bench.answer('retire', { ...about('gold'), topic: 'mine' });
    assert.equal(stateOf('gold'), 'retired');
    assert.equal((answer.payload as { state: string }).state, 'retired');
    assert.deepEqual([answer.billing, answer.topic], [{ offer: answer.payload }, 'mine']);
    assert.deepEqual(answer.wap, about('gold').wap);
    assert.deepEqual(await bench.tally('retire'), { complete: 1, error: 0, sent: 1 });
    assert.equal(bench.status('retire'), 'gold: retired');
    await bench.answer('retire', {
      wap: { kind: 'plan', plan: { Id: 'GoldHowas98kwz', DisplayName: 'Gold Hosting' } },
    });
    assert.equal(bench.status('retire'), 'Gold Hosting: not there');
  });

  it('changes nothing when the offer is retired already', async () => {
    const posts = () => world.log.entries({ server: 'billing', method: 'POST' }).length;
    const before = posts();
    const answer = await bench.answer('retire', about('gold'));
    assert.deepEqual([(answer.payload as { state: string }).state, posts()], ['retired', before]);
  });

  it('succeeds when billing has no such offer', async () => {
    const answer = await bench.answer('retire', about('nowhere'));
    assert.deepEqual(answer.payload, { key: 'nowhere', remoteId: null, state: 'absent', version: null });
  });

  it('succeeds when the answer is lost after the effect', async () => {
    world.billing.faults.add({ kind: 'reset-after', path: '/offers/lost/retire', method: 'POST' });
    const answer = await bench.answer('retire', about('lost'));
    assert.deepEqual([(answer.payload as { state: string }).state, stateOf('lost')], ['retired', 'retired']);
  });

  it('takes the key from the dialog, with a variable in it', async () => {
    await bench.answer('typed', {});
    assert.equal(stateOf('old-summer'), 'retired');
  });

  it('handles two messages at once without mixing them up', async () => {
    const held = world.billing.faults.add({ kind: 'hold', path: '/offers/first' });
    const sent = world.messages('retire 0').length;
    await world.inject('retire', about('first'));
    await held.untilHit();
    await bench.answer('retire', about('second'));
    held.release();
    await world.message('retire 0', sent + 2);
    const keys = world.messages('retire 0').slice(sent);
    assert.deepEqual(
      keys.map(({ payload }) => (payload as { key: string }).key),
      ['second', 'first'],
    );
  });

  failsClearly(
    () => bench,
    about('failing'),
    () => assert.equal(stateOf('failing'), 'active'),
  );

  it('asks for a billing connection when none is chosen', async () => {
    const { code, cause } = await bench.error('unwired', about('gold'));
    assert.deepEqual([code, cause.subject], ['INPUT_CONFIG', 'billing']);
  });

  it('names the field when the message says no offer', async () => {
    const { code, cause } = await bench.error('retire', {});
    assert.deepEqual([code, cause.subject], ['INPUT_MISSING', 'offerKey']);
  });

  it('is interrupted by a deploy without a result, and works afterwards', async () => {
    const before = await bench.tally('retire');
    const held = world.billing.faults.add({ kind: 'hold-before', path: '/offers/deployed/retire' });
    await world.inject('retire', about('deployed'));
    await held.untilHit();
    const from = world.nodeRed.logs.length;
    await bench.deploy();
    await world.nodeRed.waitLog(/Interrupted by a deploy/, from);
    assert.deepEqual(await bench.tally('retire'), before);
    world.billing.faults.clear();
    await bench.answer('retire', about('deployed'));
    assert.equal(stateOf('deployed'), 'retired');
  });
});
