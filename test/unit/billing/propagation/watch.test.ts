import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { WaitRequest } from '../../../../lib/billing/propagation/wait';
import { defaultTemplates } from '../../../../lib/billing/rest/templates';
import type { AdapterError } from '../../../../lib/errors';
import { failsWith } from '../../../contract/provider';
import { type BillingWorld, type BillingWorldOptions, billingWorld } from '../billing-world';
import { ManualClock } from '../manual-clock';

const second = 1000;
const { list: _list, ...withoutList } = defaultTemplates;

describe('waiting for propagation', () => {
  let clock: ManualClock;
  let world: BillingWorld;
  const start = async (options: BillingWorldOptions = {}) => {
    clock = new ManualClock();
    world = await billingWorld({ clock, retries: 0, ...options });
  };
  afterEach(async () => {
    await world.close();
    assert.equal(clock.sleeping, 0, 'a timer was left');
  });

  const wait = (key: string, request: Partial<WaitRequest> = {}) =>
    world.connection.propagation.wait({
      key,
      until: 'present',
      intervalMs: 10 * second,
      deadlineAt: clock.now() + 60 * second,
      ...request,
    });
  /** Moves on by `ms`, and comes back when the round it caused is over. */
  const round = async (ms: number) => {
    clock.advance(ms);
    await clock.asleep();
  };
  /** Without the later pages of a list. */
  const calls = () =>
    world.simulator.log
      .entries()
      .filter(({ path }) => !/[?&]page=([2-9]|\d\d)/.test(path))
      .map(entry => `${entry.method} ${entry.path.split('?')[0]}`);
  const show = (key: string, state: 'draft' | 'active' | 'retired' = 'draft') =>
    world.simulator.seed({ offers: [{ key, name: key, state }] });

  it('is over at once when the offer is there', async () => {
    await start();
    show('gold');
    const { outcome, offer, checks, waitedMs } = await wait('gold');
    assert.deepEqual([outcome, offer.key, offer.state, checks, waitedMs], ['ready', 'gold', 'draft', 1, 0]);
    assert.deepEqual(calls(), ['GET /offers/gold']);
  });

  it('goes on looking when the clock is set back', async () => {
    await start();
    const waiting = wait('gold');
    await clock.asleep();
    clock.setBack(3 * 3600 * second);
    await round(10 * second);
    assert.equal(calls().length, 2);
    show('gold');
    clock.advance(10 * second);
    assert.equal((await waiting).outcome, 'ready');
  });

  it('looks again after the interval, until the offer shows', async () => {
    await start();
    const waiting = wait('gold');
    await clock.asleep();
    await round(9 * second);
    assert.equal(calls().length, 1);
    show('gold');
    clock.advance(1 * second);
    const { outcome, checks, waitedMs } = await waiting;
    assert.deepEqual([outcome, checks, waitedMs], ['ready', 2, 10 * second]);
  });

  it('waits for the offer to be active when told so', async () => {
    await start();
    show('gold', 'draft');
    const waiting = wait('gold', { until: 'active' });
    await clock.asleep();
    await world.connection.provider.publishOffer('gold');
    clock.advance(10 * second);
    assert.equal((await waiting).offer.state, 'active');
  });

  it('is not in time when billing says at the deadline that it has no such offer', async () => {
    await start();
    const waiting = wait('gold', { deadlineAt: clock.now() + 25 * second });
    await clock.asleep();
    await round(10 * second);
    await round(10 * second);
    clock.advance(5 * second);
    const { outcome, offer, checks, waitedMs } = await waiting;
    assert.deepEqual([outcome, offer.state, checks, waitedMs], ['not in time', 'absent', 4, 25 * second]);
  });

  it('is ready when the offer came between the last round and the deadline', async () => {
    await start();
    const waiting = wait('gold', { deadlineAt: clock.now() + 5 * second });
    await clock.asleep();
    show('gold');
    clock.advance(5 * second);
    assert.equal((await waiting).outcome, 'ready');
  });

  it('looks once when the deadline is over already', async () => {
    await start();
    const { outcome, checks } = await wait('gold', { deadlineAt: clock.now() - 1 });
    assert.deepEqual([outcome, checks], ['not in time', 1]);
  });

  for (const until of ['present', 'active'] as const)
    it(`ends with an error when the offer is retired while waiting for ${until}`, async () => {
      await start();
      show('gold', 'retired');
      await assert.rejects(wait('gold', { until }), (error: AdapterError) => {
        assert.equal(error.code, 'BILLING_OFFER_DIFFERS');
        assert.match(error.message, /gold is retired/);
        return true;
      });
    });

  it('lets 5000 wait for one timer and one list a round', async () => {
    await start();
    const stop = new AbortController();
    const waits = Array.from({ length: 5000 }, (_, n) => wait(`offer-${n}`, { signal: stop.signal }));
    const ends = Promise.allSettled(waits);
    await clock.asleep();
    assert.deepEqual(calls(), ['GET /offers']);
    await round(10 * second);
    assert.deepEqual(calls(), ['GET /offers', 'GET /offers']);
    for (const key of ['offer-0', 'offer-4999']) show(key);
    await round(10 * second);
    assert.equal((await waits[0])?.outcome, 'ready');
    assert.equal((await waits[4999])?.outcome, 'ready');
    assert.deepEqual(calls(), ['GET /offers', 'GET /offers', 'GET /offers']);
    clock.advance(40 * second);
    const outcomes = (await ends).map(end => (end.status === 'fulfilled' ? end.value.outcome : end.reason));
    assert.equal(outcomes.filter(outcome => outcome === 'not in time').length, 4998);
    // Once more at the deadline, behind a check.
    assert.deepEqual(calls().length, 6);
    assert.equal(clock.mostSleeping, 1);
  });

  it('gathers those who come while a round is under way', async () => {
    await start();
    const held = world.simulator.faults.add({ kind: 'hold', path: /^\/offers/ });
    const first = wait('offer-0');
    await held.untilHit();
    const others = Array.from({ length: 50 }, (_, n) => wait(`offer-${n + 1}`));
    held.release();
    await clock.asleep();
    assert.deepEqual(calls(), ['GET /offers/offer-0', 'GET /offers']);
    // From now on all of them share the rounds.
    await round(10 * second);
    assert.deepEqual(calls().slice(2), ['GET /offers']);
    const ends = Promise.allSettled([first, ...others]);
    world.connection.propagation.close();
    await ends;
  });

  it('gathers those who came at different times in the next round', async () => {
    await start();
    const ends = [wait('a')];
    await clock.asleep();
    await round(3 * second);
    ends.push(wait('b'));
    await clock.asleep();
    assert.deepEqual(calls(), ['GET /offers/a', 'GET /offers/b']);
    await round(7 * second);
    assert.deepEqual(calls().slice(2), ['GET /offers']);
    const settled = Promise.allSettled(ends);
    world.connection.close();
    assert.deepEqual(
      (await settled).map(end => end.status),
      ['rejected', 'rejected'],
    );
  });

  it('keeps the interval of each, and answers all by any list', async () => {
    await start();
    const slow = [wait('s1', { intervalMs: 30 * second }), wait('s2', { intervalMs: 30 * second })];
    const quick = [wait('q1', { intervalMs: 5 * second }), wait('q2', { intervalMs: 5 * second })];
    await clock.asleep();
    show('s1');
    await round(5 * second);
    assert.equal((await slow[0])?.waitedMs, 5 * second);
    for (let n = 0; n < 4; n++) await round(5 * second);
    assert.equal(calls().length, 6); // at 0, 5, 10, 15, 20 and 25 s
    await round(5 * second);
    assert.equal(calls().length, 7); // at 30 s, for both
    const ends = Promise.allSettled([...slow, ...quick]);
    world.connection.propagation.close();
    await ends;
  });

  it('reads a few at a time where billing cannot list, and each key once', async () => {
    await start({ templates: withoutList });
    const held = world.simulator.faults.add({ kind: 'hold', path: /^\/offers\//, times: 4 });
    const waits = Array.from({ length: 20 }, (_, n) => wait(`offer-${n % 10}`, { deadlineAt: clock.now() }));
    await held.untilHit(4);
    assert.equal(calls().length, 4);
    held.release();
    const outcomes = (await Promise.all(waits)).map(result => result.outcome);
    assert.deepEqual(new Set(outcomes), new Set(['not in time']));
    // Each twice, and one check in between.
    assert.equal(calls().length, 21);
  });

  it('tries again after a failure of billing that may pass', async () => {
    await start();
    world.simulator.faults.add({ kind: 'status', status: 503, path: /./, times: 2 });
    const waiting = wait('gold');
    await clock.asleep();
    await round(10 * second);
    show('gold');
    clock.advance(10 * second);
    const { outcome, checks } = await waiting;
    assert.deepEqual([outcome, checks], ['ready', 3]);
  });

  for (const [what, key, others] of [
    ['a read', 'gold', []],
    ['a list', 'gold', ['silver']],
  ] as const)
    it(`ends with the error when billing cannot be asked at the deadline (${what})`, async () => {
      await start();
      world.simulator.faults.add({ kind: 'reset-before', path: /./, times: Infinity });
      const waits = [key, ...others].map(name => wait(name, { deadlineAt: clock.now() + 15 * second }));
      const ends = waits.map(waiting =>
        assert.rejects(waiting, (error: AdapterError) => {
          assert.equal(error.code, 'BILLING_NETWORK');
          assert.equal(error.cause.retryable, true);
          assert.match(error.message, /time is up/);
          return true;
        }),
      );
      await clock.asleep();
      await round(10 * second);
      clock.advance(5 * second);
      await Promise.all(ends);
    });

  it('does not take an earlier word of billing for its word at the deadline', async () => {
    await start();
    const waiting = wait('gold', { deadlineAt: clock.now() + 5 * second });
    await clock.asleep();
    world.simulator.faults.add({ kind: 'status', path: /./ });
    const end = assert.rejects(waiting, failsWith('BILLING_SERVER'));
    clock.advance(5 * second);
    await end;
  });

  it('ends at once when the credentials are refused', async () => {
    await start({ settings: { auth: { kind: 'bearer', token: 'wrong' } } });
    await Promise.all(['gold', 'silver'].map(key => assert.rejects(wait(key), failsWith('BILLING_AUTH'))));
    await assert.rejects(wait('gold'), failsWith('BILLING_AUTH'));
  });

  it('ends at once when a template fails', async () => {
    await start({ templates: { ...defaultTemplates, answer: '{ "key": key, "remoteId": id, "state": 1 + "a" }' } });
    show('gold');
    await assert.rejects(wait('gold'), failsWith('BILLING_TEMPLATE'));
  });

  it('lets one offer that cannot be read fail by itself', async () => {
    const answer = '{ "key": key, "remoteId": id, "state": name }';
    const list = { method: 'GET' as const, path: '/offers', items: 'offers', answer };
    await start({ templates: { ...defaultTemplates, answer, list } });
    world.simulator.seed({
      offers: [
        { key: 'odd', name: 'scheduled' },
        { key: 'gold', name: 'active' },
      ],
    });
    const [odd, gold] = await Promise.allSettled([wait('odd'), wait('gold')]);
    assert.match(String(odd.status === 'rejected' && odd.reason), /"scheduled"/);
    assert.equal(gold.status === 'fulfilled' && gold.value.outcome, 'ready');
  });

  it('leaves billing alone for as long as it asks', async () => {
    await start();
    world.simulator.faults.add({ kind: 'rate', retryAfterS: 25, path: /./ });
    const waiting = wait('gold');
    await clock.asleep();
    await round(24 * second);
    assert.equal(calls().length, 1);
    show('gold');
    clock.advance(1 * second);
    assert.equal((await waiting).outcome, 'ready');
    assert.equal(calls().length, 2);
  });

  it('ends with the error when billing asks to be left alone beyond the deadline', async () => {
    await start();
    world.simulator.faults.add({ kind: 'rate', retryAfterS: 100, path: /./ });
    const waiting = wait('gold');
    const end = assert.rejects(waiting, failsWith('BILLING_RATE'));
    await clock.asleep();
    clock.advance(60 * second);
    await end;
    assert.equal(calls().length, 1);
  });

  it('gives up one wait and keeps the others', async () => {
    await start();
    const stop = new AbortController();
    const given = wait('gold', { signal: stop.signal });
    const kept = wait('silver');
    await clock.asleep();
    stop.abort();
    await assert.rejects(given, failsWith('ABORTED'));
    show('silver');
    clock.advance(10 * second);
    assert.equal((await kept).outcome, 'ready');
    assert.deepEqual(calls(), ['GET /offers', 'GET /offers/silver']);
  });

  it('gives up all that share a signal, with one listener on it', async () => {
    await start();
    const stop = new AbortController();
    const ends = Promise.allSettled(['a', 'b', 'c'].map(key => wait(key, { signal: stop.signal })));
    await clock.asleep();
    assert.equal(getEventListeners(stop.signal, 'abort').length, 1);
    stop.abort();
    assert.deepEqual(
      (await ends).map(end => end.status),
      ['rejected', 'rejected', 'rejected'],
    );
  });

  it('leaves no listener on the signal when it is over', async () => {
    await start();
    show('gold');
    const { signal } = new AbortController();
    await Promise.all([wait('gold', { signal }), wait('gold', { signal })]);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('ends the call under way when nobody waits any more', async () => {
    await start();
    const held = world.simulator.faults.add({ kind: 'hold', path: /./ });
    const stop = new AbortController();
    const waiting = wait('gold', { signal: stop.signal });
    await held.untilHit();
    stop.abort();
    await assert.rejects(waiting, failsWith('ABORTED'));
    show('gold');
    assert.equal((await wait('gold')).outcome, 'ready');
  });

  it('does not begin when the signal has fired', async () => {
    await start();
    await assert.rejects(wait('gold', { signal: AbortSignal.abort() }), failsWith('ABORTED'));
    assert.deepEqual(calls(), []);
  });

  it('sleeps through a deadline that no timer can hold', async () => {
    await start();
    const waiting = wait('gold', { intervalMs: 2 ** 40, deadlineAt: clock.now() + 2 ** 41 });
    await clock.asleep();
    await round(2 ** 31 - 1);
    assert.equal(calls().length, 1);
    const end = assert.rejects(waiting, failsWith('ABORTED'));
    world.connection.propagation.close();
    await end;
  });

  for (const [field, request] of [
    ['key', { key: '' }],
    ['intervalMs', { intervalMs: 0 }],
    ['intervalMs', { intervalMs: Number.NaN }],
    ['deadlineAt', { deadlineAt: Number.POSITIVE_INFINITY }],
  ] as const)
    it(`refuses ${JSON.stringify(request)} by name`, async () => {
      await start();
      await assert.rejects(wait('gold', request), (error: AdapterError) => {
        assert.deepEqual([error.code, error.cause.subject], ['INPUT_INVALID', field]);
        return true;
      });
    });
});
