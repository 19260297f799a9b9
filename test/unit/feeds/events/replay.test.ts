import assert from 'node:assert/strict';
import type { Command } from '../../../../lib/feeds/loop/commands';
import type { Replay } from '../../../../lib/feeds/loop/replays';
import { statement } from '../../../../lib/state/port';
import { aPlan } from '../../../builders';
import { cleanScratch, fails, StillClock, scratchStore } from '../../state/scratch';
import { startWorld, type World } from '../../wap/world';
import { PollerDesk } from '../loop/poller-desk';

const replay = (from: number, to: number | null = null): Command => ({
  ...{ command: 'replay', from: { id: from }, to: to === null ? null : { id: to } },
});
const atHour = (hour: number) => ({ time: Date.UTC(2026, 0, 1, hour) });
const tables = ['event_replay', 'cursor', 'delivery', 'batch'];

describe('replay of events', () => {
  let world: World;
  let desk: PollerDesk;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.close());
  beforeEach(async () => {
    desk = new PollerDesk(await scratchStore(new StillClock()), world.wap);
    for (const hour of [1, 2, 3, 4]) {
      const NotificationEventTimeCreated = `2026-01-01T0${hour}:00:00`;
      desk.wap.raise(hour === 3 ? 'addons' : 'plans', {
        NotificationEventTimeCreated,
        Entity: aPlan({ Id: `p${hour}` }),
      });
    }
  });
  afterEach(async () => {
    await desk.stop();
    await cleanScratch();
  });

  /** A poll that has given all four events, acknowledged. */
  const startDone = async (settings: Parameters<PollerDesk['start']>[0] = {}) => {
    const poller = await desk.start({ everyMs: null, ...settings });
    await poller.command({ command: 'poll' });
    while ((await poller.obey('status'))?.unacknowledged) await desk.acknowledge();
    return poller;
  };
  const acknowledge = async (times: number) => {
    for (let time = 0; time < times; time++) await desk.acknowledge();
  };
  const ids = (from = 0) => desk.messages.slice(from).map(({ delivery }) => delivery.firstId);
  const rows = async (table: string) => {
    const all = statement<{ total: number }>(`SELECT COUNT(*) AS total FROM ${table} WHERE consumer <> 'billing' OR
      ${table === 'event_replay' ? 'true' : 'false'}`);
    return (await desk.store.transaction(tx => tx.rows(all)))[0]?.total;
  };

  it('brings a range of ids again, marked and in order, and says when it is over', async () => {
    const poller = await startDone();
    const begun = (await poller.command(replay(2, 3))) as Replay;
    assert.deepEqual([begun.fromId, begun.toId], [2, 3]);
    await acknowledge(2);
    const again = desk.messages.slice(4);
    assert.deepEqual(
      again.map(({ topic, delivery }) => [topic, delivery.firstId, delivery.attempt, delivery.replay]),
      [
        ['plans/POST', 2, 1, begun.replay],
        ['addons/POST', 3, 1, begun.replay],
      ],
    );
    assert.equal(again[0]?.wap?.plan.Id, 'p2');
    assert.deepEqual(
      desk.replayed.map(({ replay: name, waiting, dead }) => [name, waiting, dead]),
      [[begun.replay, 0, 0]],
    );
    assert.deepEqual((await poller.obey('status'))?.replays, []);
  });

  for (const [title, from, to, expected] of [
    ['times, the last not included', atHour(2), atHour(4), [2, 3]],
    ['a time to what WAP has now', atHour(3), null, [3, 4]],
    ['an id to a time', { id: 1 }, atHour(3), [1, 2]],
    ['an id to one that WAP has not reached', { id: 4 }, { id: 99 }, [4]],
    ['a time after all', atHour(9), null, []],
  ] as const) {
    it(`takes ${title}`, async () => {
      const poller = await startDone();
      await poller.command({ command: 'replay', from, to });
      await acknowledge(expected.length);
      assert.deepEqual([ids(4), desk.replayed.length], [expected, 1]);
    });
  }

  it('leaves what comes after it to the run that goes on', async () => {
    const poller = await startDone();
    await poller.command(replay(4));
    desk.wap.plan('p5');
    await poller.command({ command: 'poll' });
    await acknowledge(2);
    const seen = desk.messages.slice(4).map(({ delivery }) => `${delivery.firstId} ${Boolean(delivery.replay)}`);
    assert.deepEqual(seen, ['4 true', '5 false']);
  });

  it('disturbs nothing that is open or settled, and has outcomes of its own', async () => {
    const poller = await desk.start({ everyMs: null });
    await poller.command({ command: 'poll' });
    await desk.acknowledge(); // 1 is settled, 2 is out
    const held = desk.messages.at(-1)?.delivery;
    const before = await poller.obey('status');
    await poller.command(replay(1, 2));
    const status = await poller.obey('status');
    assert.deepEqual([status?.feeds, status?.waiting, status?.dead], [before?.feeds, before?.waiting, 0]);
    assert.deepEqual([held?.firstId, ids(2), desk.messages.at(-1)?.delivery.attempt], [2, [1], 1]);
    await desk.acknowledge({ result: 'dead', reason: 'no such offer' });
    const after = await poller.obey('status');
    assert.deepEqual([after?.feeds, after?.dead, after?.replays[0]?.dead], [before?.feeds, 0, 1]);
  });

  it('goes on after a restart, with what was out as a second attempt', async () => {
    const poller = await startDone();
    await poller.command(replay(1, 3));
    await desk.acknowledge();
    await desk.stop();
    await desk.start();
    const { delivery } = desk.messages.at(-1) ?? assert.fail();
    assert.deepEqual([delivery.firstId, delivery.attempt, Boolean(delivery.replay)], [2, 2, true]);
    await acknowledge(2);
    assert.deepEqual([ids(4), desk.replayed.length], [[1, 2, 2, 3], 1]);
    await desk.stop();
    const restarted = await desk.start();
    assert.deepEqual([(await restarted.obey('status'))?.replays, desk.replayed.length], [[], 1]);
  });

  it('lists its dead letters, also when it is over, and sends them again', async () => {
    const poller = await startDone();
    const { replay: name } = (await poller.command(replay(4, 4))) as Replay;
    await desk.acknowledge({ result: 'dead', reason: 'no such offer' });
    assert.equal(desk.replayed.length, 1);
    const [dead, ...more] = (await poller.command({ command: 'deadLetters' })) as Array<Record<string, unknown>>;
    assert.deepEqual([dead?.eventId, dead?.reason, dead?.replay, more], [4, 'no such offer', name, []]);
    await poller.command({ command: 'sendAgain', feed: 'plans', ids: [4] });
    assert.deepEqual([ids(5), desk.messages.at(-1)?.delivery.replay], [[4], name]);
    await desk.acknowledge();
    assert.equal(desk.replayed.length, 2);
    const none = poller.command({ command: 'sendAgain', feed: 'plans', ids: [4] });
    await assert.rejects(none, fails('STATE_NOT_FOUND', /neither a dead letter nor parked/));
  });

  it('waits when it is paused', async () => {
    const poller = await startDone();
    await poller.obey('pause');
    await poller.command(replay(1, 1));
    assert.deepEqual(ids(4), []);
    await poller.obey('resume');
    await desk.quiet();
    assert.deepEqual(ids(4), [1]);
  });

  it('does not begin when a time cannot be looked up', async () => {
    const poller = await startDone();
    desk.wap.before = () => {
      throw new Error('WAP is away');
    };
    await assert.rejects(poller.command({ command: 'replay', from: atHour(2), to: null }), /WAP is away/);
    assert.deepEqual((await poller.obey('status'))?.replays, []);
  });

  it('leaves nothing in the store a week after its end, and an open one everything', async () => {
    const poller = await startDone();
    await poller.command(replay(1, 2));
    await acknowledge(2);
    await poller.command(replay(3, 3));
    await desk.pass(8 * 86_400);
    await poller.command({ command: 'poll' });
    // It was brought again, so two batches are of it.
    assert.deepEqual(await Promise.all(tables.map(rows)), [1, 2, 1, 2]);
    await desk.acknowledge();
    await desk.pass(8 * 86_400);
    await poller.command({ command: 'poll' });
    assert.deepEqual(await Promise.all(tables.map(rows)), [0, 0, 0, 0]);
  });
});
