import assert from 'node:assert/strict';
import { example } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import {
  Desk,
  Drawing,
  killed,
  mapper,
  quantitiesOf,
  type Second,
  startSecond,
  stored,
  usageLines,
} from './customised';

const tenants = { Billing: ['s1', 's2'], 'Second billing': ['s3', 's4'] };
/** Of our own company: nobody pays for it. */
const internal = 's5';
const subscriptions = [...Object.values(tenants).flat(), internal];
const tenant = (id: string) => `tenant ${id}`;

/** As somebody types it into a function node: the tenants of the one and of the other system, and what nobody pays for. */
const route = `
const second = ${JSON.stringify(tenants['Second billing'])};
const of = { first: [], second: [], nobody: [] };
for (const one of msg.payload) {
  if (one.wapSubscriptionId === '${internal}') of.nobody.push(one);
  else if (second.includes(one.wapSubscriptionId)) of.second.push(one);
  else of.first.push(one);
}
return [of.first, of.second, of.nobody].map(payload => (payload.length > 0 ? { ...msg, payload } : null));`;

onEachMajor('usage that a function filters and routes by tenant', major => {
  let world: World;
  let second: Second;

  before(async function () {
    this.timeout(120_000);
    second = await startSecond();
    world = await startWorld({ major, env: { WAP_POLL_SECONDS: '1', ...second.env } });
  });
  after(async () => {
    await world?.stop();
    await second?.stop();
  });

  it('gives each system its own tenants once, and settles what nobody pays for, through kills', async function () {
    this.timeout(120_000);
    const drawing = Drawing.of('04 - Usage');
    const other = example('19 - One').flows.find(({ name }) => name === 'Second billing') ?? assert.fail();
    drawing.include(other);
    const { state } = drawing.the('send');
    drawing
      .insert('meter', { type: 'function', name: 'route', func: route, outputs: 3 })
      .add('meter', { ...drawing.the('send'), id: 'send 2', name: 'send to second', billing: other.id, g: undefined })
      .add('meter', {
        ...{ type: 'wap-ack', name: 'nobody pays', state, outcome: 'delivered', outcomeType: 'str' },
        ...{ token: 'delivery.token', tokenType: 'msg' },
      })
      .wire('route', ['send to second'], 1)
      .wire('route', ['nobody pays'], 2);
    const ofEach = Object.entries(tenants).map(([billing, ids]) => ({
      ...{ wap: 'WAP', billing },
      of: Object.fromEntries(ids.map(id => [id, tenant(id)])),
    }));
    mapper(drawing, ofEach);
    const { wap, billing } = world;
    const sent = { kind: 'hold', method: 'POST', path: '/usage', times: Number.POSITIVE_INFINITY } as const;
    const held = [billing.faults.add(sent), second.billing.faults.add(sent)];
    await world.deploy(
      world
        .probes(drawing.nodes)
        .catches('caught', String(drawing.the('send').z))
        .done(),
    );
    await world.nodeRed.inject('map all');
    wap.seed({ usage: { count: 1500, subscriptions, seed: major } });
    await Promise.all(held.map(fault => fault.untilHit()));
    await killed(world, ...held);
    const lost = second.billing.faults.add({ ...sent, kind: 'hold-before' });
    await lost.untilHit();
    await killed(world, lost);

    const all = quantitiesOf(wap, new URL(wap.adminUrl).host);
    assert.ok(all.some(({ wapSubscriptionId }) => wapSubscriptionId === internal));
    for (const [name, ledger] of [
      ['Billing', () => billing.state.ledger],
      ['Second billing', () => second.billing.state.ledger],
    ] as const) {
      const wanted = all
        .filter(({ wapSubscriptionId }) => tenants[name].includes(wapSubscriptionId))
        .map(({ key: id, wapSubscriptionId, ...each }) => ({ ...each, id, subscription: tenant(wapSubscriptionId) }));
      await world.until(`the ledger of ${name}`, () => ledger().length >= wanted.length);
      assert.deepEqual(usageLines(ledger()), usageLines(wanted));
    }
    assert.deepEqual(world.messages('caught'), []);
  });

  it('has nothing open in the state file, and no dead letter', async () => {
    const desk = new Desk(world);
    await world.until('all is settled', async () => (await desk.unsettled()) === 0);
    await world.nodeRed.kill9();
    const { delivered, openUsage } = await stored(world);
    const last = Math.max(...[...world.wap.expectedUsage()].map(({ EventId }) => EventId));
    assert.deepEqual([delivered, openUsage], [[last], []]);
  });
});
