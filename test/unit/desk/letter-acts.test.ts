import assert from 'node:assert/strict';
import { storedLetters } from '../../../lib/desk/dead-letters';
import { actOnLetters, type LetterAct } from '../../../lib/desk/letter-acts';
import type { LetterFilter } from '../../../lib/desk/letter-filter';
import { beginLetterJob, LetterWorker, letterJobs, stopLetterJob } from '../../../lib/desk/letter-jobs';
import { settledOf } from '../../../lib/feeds/settled';
import { eventReplays } from '../../../lib/state/tables/event-replay';
import { until } from '../../harness/until';
import { cleanScratch, fails } from '../state/scratch';
import { dead, LetterWorld, waiting } from './letter-world';

const again: LetterAct = { act: 'sendAgain' };
const discard: LetterAct = { act: 'discard', reason: 'paid by hand' };

describe('acts on dead letters', () => {
  let world: LetterWorld;
  let ends: AbortController;
  beforeEach(async () => {
    world = await LetterWorld.open();
    ends = new AbortController();
  });
  afterEach(async () => {
    ends.abort();
    await cleanScratch();
  });

  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_none, index) => from + index);
  const actOn = async (filter: LetterFilter, act: LetterAct) => {
    const keys = (await world.list(filter)).map(({ key }) => key);
    return world.store.transaction(async tx => actOnLetters(tx, await storedLetters(tx, keys), act, world.clock.now()));
  };
  const begin = (filter: LetterFilter, act: LetterAct) =>
    world.store.transaction(tx => beginLetterJob(tx, { filter, act, by: 'amy', now: world.clock.now() }));
  const work = () => {
    const worker = new LetterWorker(world.store, world.clock, ends.signal, () => undefined);
    void worker.run();
    return worker;
  };
  const job = async () => (await letterJobs(world.store))[0] ?? assert.fail('no job');
  /** The clock goes on until it holds. */
  const goneOn = (what: string, holds: () => Promise<boolean>) =>
    until(what, async () => {
      world.clock.advance(1000);
      return holds();
    });

  it('send usage again, which comes out once, and is settled as any other', async () => {
    await world.records(dead('no'), {}, 1, 2, 3);
    assert.deepEqual(await actOn({}, again), { done: 3, passed: 0 });
    assert.deepEqual(await actOn({}, again), { done: 0, passed: 0 });
    const batch = await world.reader.next();
    assert.deepEqual(
      batch?.records.map(({ EventId }) => EventId),
      [1, 2, 3],
    );
    await world.reader.settle(batch?.token ?? '', { result: 'delivered' });
    assert.deepEqual(await world.ids(), []);
    assert.equal((await world.reader.status()).feeds[0]?.delivered, 3);
  });

  it('send events again, those that are parked or wait too', async () => {
    world.wap.plan('Gold');
    await world.settleEvents(dead('no'));
    world.wap.service('Lost');
    world.wap.plan('Silver');
    await world.settleEvents(waiting('no such offer'));
    assert.deepEqual(await world.ids(), ['plans 3', 'planServices 2', 'plans 1']);
    assert.deepEqual(await actOn({}, again), { done: 3, passed: 0 });
    const out = (await world.events.next())?.events.map(({ event }) => event.EventId);
    assert.deepEqual(out, [1, 2, 3]);
    assert.deepEqual(await world.ids(), []);
  });

  it('keep since when an event waits, however often it is tried', async () => {
    world.wap.plan('Gold');
    await world.settleEvents(waiting('no such offer'));
    const [first] = await world.list();
    world.clock.advance(60_000);
    await world.settleEvents(waiting('no such offer'));
    const [second] = await world.list();
    assert.deepEqual([second?.since, second?.tries], [first?.since, 2]);
  });

  it('leave alone what is on its way already', async () => {
    world.wap.plan('Gold');
    await world.settleEvents(waiting('no such offer'));
    world.clock.advance(60_000);
    await world.events.next();
    const [letter] = await world.list();
    assert.equal(letter?.isOut, true);
    assert.deepEqual(await actOn({}, again), { done: 0, passed: 1 });
    assert.deepEqual(await actOn({}, discard), { done: 0, passed: 1 });
  });

  it('discard for good, quarantine too, and nothing comes out of it', async () => {
    await world.records(dead('no'), {}, 1, 2);
    world.usage.show({ EventId: 1, ResourceId: 'other' });
    world.clock.advance(1000);
    await world.reader.poll();
    assert.deepEqual(
      (await world.list()).map(({ kind }) => kind),
      ['quarantine', 'dead', 'dead'],
    );
    assert.deepEqual(await actOn({ kind: 'quarantine' }, again), { done: 0, passed: 1 });
    assert.deepEqual(await actOn({}, discard), { done: 3, passed: 0 });
    assert.deepEqual(await world.ids(), []);
    world.clock.advance(1000);
    assert.deepEqual((await world.reader.poll()).alarms, [], 'what was discarded is told again');
    assert.deepEqual(await world.next(), []);
  });

  it('open a replay that had ended again', async () => {
    await world.records({ result: 'delivered' }, {}, 1, 2);
    await world.reader.replay({ from: { id: 1 }, to: { id: 2 } });
    await world.reader.poll();
    const batch = await world.reader.next();
    await world.reader.settle(batch?.token ?? '', [
      { eventId: 1, result: 'dead', reason: 'no' },
      { eventId: 2, result: 'delivered' },
    ]);
    await world.reader.poll();
    await world.reader.status();
    const [letter] = await world.list();
    assert.equal(letter?.replay, batch?.replay);
    await actOn({}, again);
    const second = await world.reader.next();
    assert.deepEqual([second?.replay, second?.records.map(({ EventId }) => EventId)], [letter?.replay, [1]]);
  });

  it('open a replay of events that had ended again', async () => {
    const { eventReader } = world;
    world.wap.plan('Gold');
    await world.settleEvents({ result: 'delivered' });
    await eventReader.replay({ from: { id: 1 }, to: null });
    await eventReader.poll();
    const batch = await eventReader.next();
    await eventReader.settle(batch?.token ?? '', dead('no'));
    await eventReader.poll();
    await eventReader.status();
    const [letter] = await world.list();
    assert.deepEqual([letter?.replay, letter?.reader], [batch?.replay, 'billing']);
    await actOn({}, again);
    const key = { installation: 'wap', consumer: 'billing' };
    const [replay] = await world.store.transaction(tx => eventReplays(tx, key));
    assert.equal(replay?.isEnded, false);
    assert.equal((await eventReader.next())?.replay, letter?.replay);
  });

  describe('on all that a filter shows', () => {
    it('go piece by piece, with a pause between, and leave what does not fit', async () => {
      await world.records(dead('no'), { SubscriptionId: 's1' }, ...range(1, 450));
      await world.records(dead('no'), { SubscriptionId: 's2' }, 451);
      const woken: number[] = [];
      settledOf(world.store).addEventListener('settled', () => woken.push((woken.at(-1) ?? 0) + 1));
      await begin({ tenant: 's1' }, again);
      work();
      await until('the first piece', async () => (await job()).done === 200);
      await until('the reader is woken', () => woken.length === 1);
      assert.equal((await job()).state, 'running');
      await goneOn('the end', async () => (await job()).state === 'done');
      await until('the reader is woken each time', () => woken.length === 3);
      const { done, passed, by } = await job();
      assert.deepEqual([done, passed, by], [450, 0, 'amy']);
      assert.deepEqual(await world.ids(), ['usage 451']);
    });

    it('wait while much is on its way to billing', async () => {
      await world.records(dead('no'), {}, ...range(1, 1000));
      await world.records(dead('no'), {}, ...range(1001, 1500));
      await begin({}, again);
      work();
      await goneOn('the bound', async () => (await job()).isHeldUp);
      for (let turn = 0; turn < 20; turn++) {
        world.clock.advance(1000);
        assert.equal((await job()).done, 1000);
      }
      const batch = await world.reader.next();
      await world.reader.settle(batch?.token ?? '', { result: 'delivered' });
      await goneOn('the end', async () => (await job()).state === 'done');
      assert.deepEqual([(await job()).done, await world.ids()], [1500, []]);
    });

    it('do not take what is refused again meanwhile a second time', async () => {
      await world.records(dead('no'), {}, ...range(1, 250));
      await begin({}, again);
      work();
      await until('the first piece', async () => (await job()).done === 200);
      world.clock.advance(500);
      const batch = await world.reader.next();
      await world.reader.settle(batch?.token ?? '', dead('still no'));
      await goneOn('the end', async () => (await job()).state === 'done');
      assert.equal((await job()).done, 250);
      assert.equal((await world.list({}, 200)).length, 200);
    });

    it('go on after a restart in the middle, and stop when told so', async () => {
      await world.records(dead('no'), {}, ...range(1, 450));
      await begin({}, discard);
      work();
      await until('the first piece', async () => (await job()).done === 200);
      ends.abort();
      ends = new AbortController();
      world.clock.advance(5000);
      work();
      await goneOn('the second piece', async () => (await job()).done >= 400);
      const { id, state } = await job();
      const isStopped = await world.store.transaction(tx => stopLetterJob(tx, id, world.clock.now()));
      assert.equal(isStopped, state === 'running');
      if (state === 'running') assert.equal((await world.list({}, 200)).length, 50);
    });

    it('are refused for a name that too many tenants have', async () => {
      for (const id of range(1, 21)) {
        world.wap.raise('subscriptions', { Entity: { SubscriptionID: `sub${id}`, SubscriptionName: 'Contoso' } });
      }
      await world.settleEvents({ result: 'delivered' });
      await assert.rejects(begin({ tenant: 'contoso' }, again), fails('INPUT_INVALID', /more than 20 tenants/));
    });
  });
});
