import assert from 'node:assert/strict';
import { Random } from '../../../simulator/random';
import { onEachMajor } from '../../harness/repository';
import { usagePoints } from './points';
import { succeed } from './second';
import { diskFull, isFullForPoll, limitedPages, pendingEvents, twoHoursLater } from './trouble';
import { type Delivery, UsageWorld } from './world';

const isPruning = (name: string) => /prun/.test(name);
const killsAt = (isWanted: (name: string) => boolean) =>
  Object.entries(usagePoints).flatMap(([name, { like }]) => (isWanted(name) ? [{ like, nth: 1 }] : []));

onEachMajor('usage to billing in a process that is killed', major => {
  let usage: UsageWorld;
  before(async function () {
    this.timeout(60_000);
    usage = await UsageWorld.start(major);
  });
  after(() => usage?.stop());

  const isRight = ({ lost, twice, wrong }: Delivery) =>
    assert.deepEqual({ lost, twice, wrong }, { lost: [], twice: [], wrong: [] });

  it('bills every record once and right, killed at each named point', async function () {
    this.timeout(240_000);
    const kills = killsAt(name => !isPruning(name));
    const delivery = await usage.deliver({ count: 4000, seed: major, kills });
    isRight(delivery);
    assert.equal(delivery.kills, kills.length);
  });

  // More than fits into pages that are free already, so that the poll node meets it and not only who settles.
  it('goes on where it was once a full disk has room again', async function () {
    this.timeout(120_000);
    const delivery = await usage.deliver({
      count: 10_000,
      seed: 30 + major,
      trouble: diskFull(limitedPages, 0, isFullForPoll)(new Random(1)),
    });
    isRight(delivery);
    assert.ok(delivery.met, 'the disk was not full');
    const alarms = usage.world.messages('alarms').map(({ payload }) => (payload as { message: string }).message);
    assert.ok(
      alarms.includes('The state store works again (it had failed with STATE_UNAVAILABLE).'),
      alarms.join('\n'),
    );
  });

  it('delivers the events that WAP decides later, and none that it refuses', async function () {
    this.timeout(120_000);
    isRight(await usage.deliver({ count: 500, seed: 50 + major, trouble: pendingEvents(new Random(1)) }));
  });

  it('bills the same while the clock jumps ahead, is killed while it prunes, and the clock is set back', async function () {
    this.timeout(240_000);
    const kills = killsAt(isPruning);
    const delivery = await usage.deliver({ count: 3000, seed: 10 + major, kills, trouble: twoHoursLater });
    usage.pretend({});
    isRight(delivery);
    assert.equal(delivery.kills, kills.length);
    isRight(await usage.deliver({ count: 500, seed: 20 + major }));
  });

  it('keeps a second Node-RED on the same file out, which takes over when the first is killed', async function () {
    this.timeout(120_000);
    const { tooEarly, refusal, deliveries } = await succeed(usage, 1000, 40 + major);
    assert.match(refusal, /STATE_LOCKED|stop the other Node-RED/);
    assert.deepEqual(tooEarly, []);
    for (const delivery of deliveries) isRight(delivery);
  });
});
