import assert from 'node:assert/strict';
import { AdapterError } from '../../../../lib/errors';
import { openEventPoller } from '../../../../lib/feeds/events/poller';
import { anAddOn, aPlan } from '../../../builders';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { startWorld, type World } from '../../wap/world';
import { PollerDesk } from '../loop/poller-desk';

describe('event poller', () => {
  let world: World;
  let desk: PollerDesk;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.close());
  beforeEach(async () => {
    desk = new PollerDesk(await scratchStore(new StillClock()), world.wap);
  });
  afterEach(async () => {
    await desk.stop();
    await cleanScratch();
  });
  const down = (code: 'WAP_NETWORK' | 'WAP_SERVER' | 'WAP_AUTH' | 'STATE_UNAVAILABLE') => {
    desk.wap.before = () => {
      throw new AdapterError(code, 'not now', { retryable: code !== 'WAP_AUTH' });
    };
  };
  const up = () => {
    desk.wap.before = () => undefined;
  };
  const polls = () => desk.wap.calls.length;

  describe('schedule', () => {
    it('polls at once and then at every turn', async () => {
      await desk.start();
      const each = polls();
      await desk.pass(59);
      assert.equal(polls(), each);
      await desk.pass(1);
      assert.equal(polls(), 2 * each);
    });

    it('leaves out the turns that pass while a poll is under way, and does not drift', async () => {
      const times: number[] = [];
      const begin = desk.clock.now();
      let slow = 150_000;
      desk.wap.before = feed => {
        if (feed !== 'plans') return;
        times.push((desk.clock.now() - begin) / 1000);
        desk.clock.advance(slow);
        slow = 0;
      };
      await desk.start();
      await desk.pass(30);
      await desk.pass(60);
      assert.deepEqual([...new Set(times)], [0, 150, 180, 240]);
    });

    it('polls only when asked, if told so', async () => {
      const poller = await desk.start({ everyMs: null });
      await desk.pass(7200);
      assert.equal(polls(), 0);
      desk.wap.plan('Gold');
      await poller.obey('poll');
      await desk.quiet();
      assert.deepEqual(desk.sent, ['1']);
    });

    it('does nothing while paused, and goes on afterwards', async () => {
      const poller = await desk.start();
      await poller.obey('pause');
      await desk.quiet();
      assert.deepEqual(desk.state, { name: 'paused' });
      const before = polls();
      desk.wap.plan('Gold');
      await desk.pass(600);
      assert.equal(polls(), before);
      await poller.obey('resume');
      await desk.pass(60);
      assert.deepEqual(desk.sent, ['1']);
    });
  });

  describe('sending', () => {
    it('gives an event with its plan, its topic and its delivery', async () => {
      const plan = aPlan({ Id: 'Gold1', State: 0 });
      const event = desk.wap.raise('plans', { Entity: plan });
      await desk.start();
      const [{ delivery, ...message } = assert.fail()] = desk.messages;
      assert.deepEqual(message, { topic: 'plans/POST', payload: event, wap: { kind: 'plan', plan } });
      const { token, ...rest } = delivery;
      assert.ok(token);
      assert.deepEqual(rest, { feed: 'plans', firstId: 1, lastId: 1, count: 1, attempt: 1 });
    });

    it('gives an add-on as such, and no plan for a link', async () => {
      desk.wap.raise('addons', { Entity: anAddOn({ Id: 'More1' }), Method: 'put' });
      desk.wap.plan('Gold');
      desk.wap.raise('planAddons', { Entity: { AddOnId: 'More1' }, EntityParentId: 'Gold' });
      await desk.start({ feeds: { plans: true, addons: true, planAddons: true } });
      await desk.acknowledge();
      await desk.acknowledge();
      const seen = desk.messages.map(({ topic, wap }) => `${topic} ${wap?.kind}`);
      assert.deepEqual(seen, ['addons/PUT addon', 'plans/POST undefined', 'planAddons/POST undefined']);
    });

    for (const Method of ['0', '7', 'MERGE', ' post ', '']) {
      it(`takes the method "${Method}" for one that brings the whole plan`, async () => {
        const plan = aPlan({ Id: 'Gold1', State: 0 });
        desk.wap.raise('plans', { Entity: plan, Method });
        await desk.start();
        const [{ topic, wap, payload } = assert.fail()] = desk.messages;
        assert.deepEqual(
          [topic, wap, (payload as { Method: string }).Method],
          ['plans/POST', { kind: 'plan', plan }, Method],
        );
      });
    }

    it('waits for the acknowledgement before the next', async () => {
      for (const id of ['a', 'b', 'c']) desk.wap.plan(id);
      await desk.start();
      await desk.pass(300);
      assert.deepEqual(desk.sent, ['1']);
      assert.deepEqual(desk.state, { name: 'waiting', count: 1 });
      await desk.acknowledge();
      assert.deepEqual(desk.sent, ['1', '2']);
      await desk.acknowledge();
      await desk.acknowledge();
      assert.deepEqual(desk.state, { name: 'idle', upTo: 3 });
    });

    it('goes on while a page is waited for', async () => {
      for (const id of ['a', 'b', 'c']) desk.wap.plan(id);
      let answer = () => {};
      desk.wap.before = (_feed, startId) =>
        startId < 3
          ? undefined
          : new Promise<void>(resolve => {
              answer = resolve;
            });
      await desk.start({ feeds: { plans: true }, pageSize: 1 });
      assert.deepEqual(desk.sent, ['1']);
      await desk.acknowledge();
      assert.deepEqual(desk.sent, ['1', '2']);
      desk.wap.before = () => undefined;
      answer();
      await desk.acknowledge();
      assert.deepEqual(desk.sent, ['1', '2', '3']);
    });

    it('brings what is not acknowledged again', async () => {
      desk.wap.plan('a');
      await desk.start();
      await desk.pass(599);
      assert.deepEqual(desk.sent, ['1']);
      await desk.pass(1);
      assert.deepEqual(desk.sent, ['1', '1 again']);
    });

    it('brings a retry when its time has come, without a poll', async () => {
      desk.wap.plan('a');
      const poller = await desk.start({ everyMs: null });
      await poller.obey('poll');
      await desk.quiet();
      await desk.acknowledge({ result: 'retry', afterMs: 20_000 });
      const before = polls();
      await desk.pass(19);
      assert.deepEqual(desk.sent, ['1']);
      await desk.pass(1);
      assert.deepEqual([desk.sent, polls()], [['1', '1 again'], before]);
    });

    it('sends batches as arrays', async () => {
      const events = [desk.wap.plan('a'), desk.wap.raise('addons'), desk.wap.plan('b')];
      await desk.start({ batchSize: 2 });
      await desk.acknowledge();
      const [first, second] = desk.messages;
      assert.deepEqual(
        [first?.topic, first?.payload, first?.feeds],
        ['events', events.slice(0, 2), ['plans', 'addons']],
      );
      assert.deepEqual([second?.topic, second?.payload], ['plans', events.slice(2)]);
    });

    it('says once a run that it has caught up, with what it did', async () => {
      for (const id of ['a', 'b']) desk.wap.plan(id);
      await desk.start();
      await desk.acknowledge();
      assert.equal(desk.summaries.length, 0);
      await desk.acknowledge({ result: 'dead', reason: 'no such offer' });
      const [{ fetched, sent, dead, waiting, unacknowledged } = assert.fail()] = desk.summaries;
      assert.deepEqual([fetched, sent, dead, waiting, unacknowledged], [2, 2, 1, 0, 0]);
      await desk.pass(60);
      assert.deepEqual([desk.summaries.length, desk.summaries[1]?.fetched], [2, 0]);
    });

    it('tells where it stands when asked', async () => {
      desk.wap.plan('a');
      const poller = await desk.start();
      const status = await poller.obey('status');
      assert.deepEqual([status?.unacknowledged, status?.batches, status?.paused], [1, 1, false]);
    });
  });

  describe('trouble', () => {
    it('is reported once, however long WAP is away, and so is its end', async () => {
      down('WAP_NETWORK');
      await desk.start();
      await desk.pass(60);
      down('WAP_SERVER');
      await desk.pass(60);
      assert.deepEqual([desk.failures, desk.alarms], [['WAP_NETWORK'], []]);
      assert.deepEqual([desk.state, desk.summaries], [{ name: 'failed', code: 'WAP_SERVER' }, []]);
      up();
      desk.wap.plan('a');
      await desk.pass(60);
      assert.deepEqual([desk.failures, desk.alarms, desk.sent], [['WAP_NETWORK'], ['recovered'], ['1']]);
      down('WAP_SERVER');
      await desk.pass(60);
      assert.deepEqual(desk.failures, ['WAP_NETWORK', 'WAP_SERVER']);
    });

    for (const [code, who] of [
      ['WAP_NETWORK', /^WAP answers again.*WAP_NETWORK/],
      ['STATE_UNAVAILABLE', /^The state store works again.*STATE_UNAVAILABLE/],
    ] as const)
      it(`names who had failed when it is over: ${code}`, async () => {
        down(code);
        await desk.start();
        up();
        await desk.pass(60);
        assert.match(desk.told.join(), who);
      });

    it('is reported again when somebody has to act by now', async () => {
      down('WAP_NETWORK');
      await desk.start();
      down('WAP_AUTH');
      await desk.pass(60);
      assert.deepEqual(desk.failures, ['WAP_NETWORK', 'WAP_AUTH']);
    });

    it('makes polling rest when it is a refusal of the credentials: they are tried ever more seldom, with one call', async () => {
      const begin = desk.clock.now();
      const tries: number[] = [];
      desk.wap.before = () => {
        tries.push((desk.clock.now() - begin) / 60_000);
        throw new AdapterError('WAP_AUTH', 'not now');
      };
      const poller = await desk.start();
      assert.deepEqual(desk.state, { name: 'resting', code: 'WAP_AUTH', againAt: begin + 60_000 });
      for (let minute = 0; minute < 50; minute += 1) await desk.pass(60);
      assert.deepEqual(tries.splice(0), [0, 1, 3, 7, 15, 30, 45]);
      assert.deepEqual(desk.failures, ['WAP_AUTH']);
      await assert.rejects(poller.obey('poll'), fails('WAP_AUTH', /not now/));
      await desk.quiet();
      assert.deepEqual(tries.splice(0), [50]);
      up();
      await desk.pass(15 * 60);
      assert.match(desk.told.join(), /^WAP answers again/);
      down('WAP_AUTH');
      const before = polls();
      await desk.pass(60);
      await desk.pass(60);
      assert.equal(polls(), before + 2);
    });

    it('lets refused credentials be tried at once after a start', async () => {
      down('WAP_AUTH');
      await desk.start();
      await desk.pass(60);
      await desk.stop();
      const before = polls();
      await desk.start();
      assert.equal(polls(), before + 1);
    });

    it('is told to who asked, and to nobody else', async () => {
      const poller = await desk.start({ everyMs: null });
      down('WAP_NETWORK');
      await assert.rejects(poller.obey('poll'), fails('WAP_NETWORK', /not now/));
      assert.deepEqual(desk.failures, []);
    });

    it('does not keep stored events back', async () => {
      for (const id of ['a', 'b']) desk.wap.plan(id);
      await desk.start();
      down('WAP_NETWORK');
      await desk.pass(60);
      await desk.acknowledge();
      assert.deepEqual(desk.sent, ['1', '2']);
    });

    it('brings an event whose parents WAP has, one look-up a turn, and parks one whose parent it does not know', async () => {
      const id = 'aaaaaaaa-0000-0000-0000-00000000000c';
      const subscriptions = [{ SubscriptionID: id, PlanId: 'Parent1' }];
      const extra = { Id: 'Extra1', DisplayName: 'Extra' };
      world.sim.seed({ plans: [{ Id: 'Parent1', DisplayName: 'Parent' }], addons: [extra], subscriptions });
      for (const EntityParentId of [id, 'nobody'])
        desk.wap.raise('subscriptionAddons', { Entity: { AddOnId: 'Extra1' }, EntityParentId });
      await desk.start({ feeds: { subscriptionAddons: true } });
      assert.deepEqual(desk.sent, []);
      await desk.pass(60);
      assert.deepEqual([desk.sent, desk.alarms], [['1'], ['parked', 'attention']]);
    });

    it('brings an event later whose plan WAP does not show now', async () => {
      const fault = world.sim.faults.add({ kind: 'status', server: 'admin', path: '/plans/Gone1', times: 3 });
      desk.wap.raise('plans', { Method: 'PATCH', Entity: { Id: 'Gone1', Price: '5' } });
      await desk.start();
      assert.deepEqual([desk.sent, desk.failures, fault.hits], [[], ['WAP_SERVER'], 3]);
      await desk.pass(60);
      assert.deepEqual([desk.messages.map(({ wap }) => wap), desk.alarms], [[undefined], ['recovered']]);
    });
  });

  describe('one reader', () => {
    for (const [more, code, message] of [
      [{ reader: '' }, 'INPUT_MISSING', /^Events: reader is empty/],
      [{ feeds: {} }, 'INPUT_MISSING', /^Events: choose at least one feed/],
      [{ pageSize: 10_001 }, 'INPUT_INVALID', /^Events: pageSize must be a whole number from 1 to 10000/],
      [{ maxOpenBatches: 0.5 }, 'INPUT_INVALID', /^Events: maxOpenBatches must be a whole number from 1/],
    ] as const)
      it(`is refused: ${message.source}`, () => {
        assert.throws(() => openEventPoller(desk.settings(more)), fails(code, message));
      });

    it('refuses a second one and names the first', async () => {
      await desk.start();
      const second = () => openEventPoller(desk.settings({ owner: 'the second node' }));
      assert.throws(second, fails('INPUT_CONFIG', /"the first node" already reads the events of wap as "billing"/));
      await desk.stop();
      await desk.start({ owner: 'the second node' });
    });

    it('gives each reader every event', async () => {
      desk.wap.plan('a');
      await desk.start();
      const other = new PollerDesk(desk.store, world.wap);
      other.wap.plan('a');
      await other.start({ reader: 'reporting' });
      await other.stop();
      assert.deepEqual([desk.sent, other.sent], [['1'], ['1']]);
    });
  });

  describe('closing', () => {
    it('ends a poll that WAP does not answer, and who waits for it', async () => {
      const poller = await desk.start({ everyMs: null });
      let entered = () => {};
      const inside = new Promise<void>(resolve => {
        entered = resolve;
      });
      let cut = () => {};
      desk.wap.before = () =>
        new Promise<void>((_resolve, reject) => {
          cut = () => reject(new Error('closed'));
          entered();
        });
      const asked = assert.rejects(poller.obey('poll'), /closed/);
      await inside;
      const stopped = desk.stop();
      cut(); // as the HTTP client does when the signal aborts
      await stopped;
      await asked;
      assert.deepEqual([desk.clock.sleeping, desk.failures], [0, []]);
    });

    it('leaves what was not acknowledged for the next start', async () => {
      desk.wap.plan('a');
      await desk.start();
      await desk.stop();
      await desk.start();
      assert.deepEqual(desk.sent, ['1', '1 again']);
    });
  });
});
