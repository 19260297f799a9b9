import assert from 'node:assert/strict';
import { Attention } from '../../../lib/feeds/loop/attention';
import { type Needs, type NeedsOf, needsOf, noNeeds } from '../../../lib/feeds/needs';
import { quarantineBody } from '../../../lib/state/tables/quarantine';
import { dead, LetterWorld, waiting } from '../desk/letter-world';
import { cleanScratch, StillClock, scratchStore } from '../state/scratch';
import { startWorld, type World } from '../wap/world';
import { PollerDesk } from './loop/poller-desk';

const day = 86_400_000;

describe('what needs a person', () => {
  let world: LetterWorld;
  beforeEach(async () => {
    world = await LetterWorld.open();
  });
  afterEach(cleanScratch);

  const needs = async (of: NeedsOf): Promise<Partial<Needs>> => {
    const all = await world.store.transaction(tx => needsOf(tx, of));
    return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
  };
  const usage = { installation: 'wap', source: 'usage', consumer: 'billing' } as const;

  it('is nothing at first, and of nobody else', async () => {
    assert.deepEqual(await needs(usage), {});
    await world.records(dead('closed'), { SubscriptionId: 's1' }, 1);
    for (const of of [
      { ...usage, consumer: 'other' },
      { ...usage, installation: 'other' },
      { ...usage, source: 'events' },
      { installation: 'wap', source: 'meter', series: 'usage' },
      { installation: 'other', source: 'billing' },
    ] as const)
      assert.deepEqual(await needs(of), {}, JSON.stringify(of));
  });

  it('counts usage that billing refused and that waits for a mapping, until it is settled', async () => {
    await world.records(dead('closed'), { SubscriptionId: 's1' }, 1, 2);
    await world.records(waiting('not mapped'), { SubscriptionId: 's9' }, 3);
    for (const of of [usage, { installation: 'wap', source: 'billing' }] as const)
      assert.deepEqual(await needs(of), { refused: 2, unmapped: 1 });
    await world.reader.discard(1, 'a test');
    await world.reader.discard(3, 'a test');
    assert.deepEqual(await needs(usage), { refused: 1 });
  });

  it('counts that of replays too', async () => {
    await world.records({ result: 'delivered' }, { SubscriptionId: 's1' }, 1);
    await world.reader.replay({ from: { id: 1 }, to: { id: 1 } });
    await world.reader.poll();
    await world.reader.settle((await world.reader.next())?.token ?? '', dead('closed'));
    assert.deepEqual(await needs(usage), { refused: 1 });
  });

  it('counts events, and what is in quarantine by what it is', async () => {
    world.wap.plan('Gold');
    world.wap.service('Lost');
    await world.settleEvents(dead('closed'));
    const later = { eventId: 1, hash: 'other', body: '{}', now: 0 };
    await world.store.transaction(async tx => {
      for (const feed of ['plans', 'usage', 'addons']) await quarantineBody(tx, 'wap', { feed, ...later });
    });
    assert.deepEqual(await needs({ ...usage, source: 'events' }), { refused: 1, parked: 1, quarantined: 2 });
    assert.deepEqual(await needs(usage), { quarantined: 1 });
    assert.deepEqual(await needs({ installation: 'wap', source: 'billing' }), {});
  });

  it('is told when it begins, once a day, and when it is over, whatever restarts come between', async () => {
    const key = { installation: 'wap', consumer: 'billing', source: 'usage' } as const;
    const told = async () => (await new Attention(world.store, world.clock, key).look()).map(({ kind }) => kind);
    assert.deepEqual(await told(), []);
    await world.records(dead('closed'), { SubscriptionId: 's1' }, 1);
    assert.deepEqual([await told(), await told()], [['attention'], []]);
    await world.records(dead('closed'), { SubscriptionId: 's1' }, 2);
    assert.deepEqual(await told(), []);
    world.clock.advance(day - 2000);
    assert.deepEqual(await told(), []);
    world.clock.advance(2000);
    assert.deepEqual([await told(), await told()], [['attention'], []]);
    for (const id of [1, 2]) await world.reader.discard(id, 'a test');
    assert.deepEqual([await told(), await told()], [['attentionOver'], []]);
    await world.records(dead('closed'), { SubscriptionId: 's1' }, 3);
    assert.deepEqual(await told(), ['attention']);
  });

  it('says how much of what, and when it is told again', async () => {
    const attention = new Attention(world.store, world.clock, { ...usage });
    await attention.look();
    assert.deepEqual([attention.needs, attention.nextAt], [noNeeds, null]);
    await world.records(dead('closed'), { SubscriptionId: 's1' }, 1, 2);
    const [alarm] = await attention.look();
    assert.match(alarm?.message ?? '', /: 2 refused by billing\. Open \*Dead letters\*/);
    assert.deepEqual([alarm?.feed, alarm?.needs], ['usage', { ...noNeeds, refused: 2 }]);
    assert.equal(attention.nextAt, world.clock.now() + day);
  });
});

describe('a poll that needs a person', () => {
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

  it('says so while it rests, again after a day, and not for a restart', async () => {
    const shown: string[] = [];
    const show = ({ name, ...rest }: { name: string }) => {
      if (name === 'needs') shown.push(JSON.stringify(rest));
    };
    desk.wap.plan('Gold');
    const poller = await desk.start({ everyMs: null, show });
    await poller.obey('poll');
    await desk.quiet();
    await desk.acknowledge({ result: 'dead', reason: 'closed' });
    const attentions = () => desk.alarms.filter(kind => kind.startsWith('attention'));
    assert.deepEqual([attentions(), shown.at(-1)], [['attention'], JSON.stringify({ ...noNeeds, refused: 1 })]);
    await desk.stop();
    const { command } = await desk.start({ everyMs: null, show });
    assert.deepEqual(attentions(), ['attention']);
    await desk.pass(86_399);
    assert.deepEqual(attentions(), ['attention']);
    await desk.pass(1);
    assert.deepEqual(attentions(), ['attention', 'attention']);
    await command({ command: 'discard', ids: 'all', feed: 'plans', reason: 'a test' });
    assert.deepEqual([attentions().at(-1), shown.at(-1)], ['attentionOver', JSON.stringify(noNeeds)]);
  });
});
