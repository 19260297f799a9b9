import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aPlan } from '../builders';
import { KillPlan } from '../crash/kill-plan';
import { example } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { asked, askedAddOn, call, password, type Reply, served, user } from '../nodes/calls-world';

/** A billing system that says the same to everything. */
async function answering(body: unknown) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

onEachMajor('examples: WAP asks for approval and prices', major => {
  let world: World;
  const plan = new KillPlan();
  const flows = () => {
    const all = [...example('08 -').flows, ...example('09 -').flows];
    // Another price in the node's table, which is for a flow that does not answer in time.
    const table = '[{"plan":"*","price":"of the table"}]';
    return [...new Map(all.map(node => [node.id, node.type === 'wap-price-in' ? { ...node, table } : node])).values()];
  };

  before(async function () {
    this.timeout(120_000);
    const env = {
      ...{ WAP_APPROVAL_USER: user, WAP_APPROVAL_PASSWORD: password, PURCHASE_LIMIT: '2' },
      ...plan.env,
    };
    world = await startWorld({ major, env });
    world.wap.seed({ plans: [aPlan({ Id: 'gold1', DisplayName: 'Gold', State: 1, ConfigState: 1 })] });
    world.billing.seed({
      offers: [{ key: 'gold1', name: 'Gold', kind: 'plan', price: '19.90 EUR', description: null, state: 'active' }],
    });
    await world.deploy(flows());
    await ready();
    world.wap.registerSubscriber({ endpoint: `${world.nodeRed.url}/wap`, type: 'billing', user, password });
  });
  after(async () => {
    await world.stop();
    plan.remove();
  });

  const ready = () =>
    Promise.all(['subscriptions', 'planPrice'].map(path => served(`${world.nodeRed.url}/wap/${path}`)));
  const billed = (account: string, count: number, batch = 'first') =>
    world.billing.seed({
      subscriptions: Array.from({ length: count }, (_none, index) => ({
        key: `${account}-${batch}-${index}`,
        offer: 'gold1',
        account,
      })),
    });

  it('sells below the limit, and not from it on', async () => {
    billed('ann@example.com', 1);
    const first = await world.wap.tenant.subscribe('gold1', 'ann@example.com');
    assert.deepEqual([first.accepted, first.event.State], [true, 0]);
    billed('bob@example.com', 2);
    const second = await world.wap.tenant.subscribe('gold1', 'bob@example.com');
    assert.deepEqual([second.accepted, second.event.State, second.verdicts[0]?.status], [false, 1, 403]);
    await world.nodeRed.waitLog(/Denied event \d+: bob@example.com has 2 of 2/);
  });

  it('lets tenants change and end what they have', async () => {
    const { subscription } = await world.wap.tenant.subscribe('gold1', 'eve@example.com');
    const id = subscription?.SubscriptionID ?? '';
    assert.equal((await world.wap.tenant.update(id, { SubscriptionName: 'mine' }, 'PATCH')).accepted, true);
    assert.equal((await world.wap.tenant.unsubscribe(id)).accepted, true);
  });

  it('shows the price of billing, and a word for what has none', async () => {
    assert.deepEqual(await world.wap.tenant.price('gold1'), { status: 200, price: '19.90 EUR' });
    world.wap.seed({ plans: [aPlan({ Id: 'new1', DisplayName: 'New', State: 1 })] });
    assert.deepEqual(await world.wap.tenant.price('new1'), { status: 200, price: 'Price on request' });
  });

  it('asks billing again when only the connection broke, and says no when it stays so', async () => {
    const broken = world.billing.faults.add({ kind: 'reset-before', path: '/subscriptions', times: 2 });
    assert.equal((await world.wap.tenant.subscribe('gold1', 'max@example.com')).accepted, true);
    broken.remove();
    const away = world.billing.faults.add({ kind: 'reset-before', path: '/subscriptions', times: Infinity });
    assert.equal((await world.wap.tenant.subscribe('gold1', 'kim@example.com')).accepted, false);
    away.remove();
  });

  it('has a word for a price of no plan, without asking billing', async () => {
    const before = world.log.entries({ server: 'billing' }).length;
    const { status, text } = await call(`${world.nodeRed.url}/wap/planPrice?region=here`, { method: 'GET' });
    assert.deepEqual([status, JSON.parse(text)], [200, 'Price on request']);
    assert.equal(world.log.entries({ server: 'billing' }).length, before);
  });

  it('says no when billing cannot be asked', async () => {
    const fault = world.billing.faults.add({ kind: 'status', status: 500, path: '/subscriptions' });
    const { accepted } = await world.wap.tenant.subscribe('gold1', 'zoe@example.com');
    fault.remove();
    assert.equal(accepted, false);
  });

  for (const [account, title, body] of [
    ['lea@example.com', 'an error', { result: 'error', message: 'Invalid IP' }],
    ['leo@example.com', 'a list without its end', { subscriptions: [], total: 4000 }],
    ['lia@example.com', 'an empty object', {}],
    ['lux@example.com', 'what others have', { subscriptions: [{ key: 'x', account: 'max@example.com' }], total: 1 }],
  ] as const)
    it(`says no when billing answers 200 with ${title}`, async () => {
      const before = await world.nodeRed.flows();
      const { server, url } = await answering(body);
      try {
        const asking = JSON.stringify(before).replaceAll("$env('BILLING_URL')", `'${url}'`);
        await world.deploy(JSON.parse(asking));
        await ready();
        assert.equal((await world.wap.tenant.subscribe('gold1', account)).accepted, false);
      } finally {
        server.close();
        await world.deploy(before);
        await ready();
      }
    });

  it('asks about the customer alone, of thousands, and whose it is when WAP names only a subscription', async () => {
    billed('crowd@example.com', 1500);
    billed('tim@example.com', 1);
    billed('uma@example.com', 2);
    assert.equal((await world.wap.tenant.subscribe('gold1', 'tim@example.com')).accepted, true);
    assert.equal((await world.wap.tenant.subscribe('gold1', 'uma@example.com')).accepted, false);
    const buys = async (eventId: number, SubscriptionID: string) => {
      const body = JSON.stringify(askedAddOn(eventId, { EntityParentId: SubscriptionID }));
      return (await call(`${world.nodeRed.url}/wap/subscriptionAddons`, { body })).status;
    };
    assert.equal(await buys(800_001, 'tim@example.com-first-0'), 204);
    assert.equal(await buys(800_002, 'uma@example.com-first-0'), 403);
    assert.equal(await buys(800_003, 'nobody-knows-it'), 403);
    await world.nodeRed.waitLog(/Denied event 800003: Billing does not know whose subscription it is/);
  });

  it('counts all that billing has, and names in any case', async () => {
    billed('other@example.com', 60);
    billed('Mia@Example.com', 2);
    assert.equal((await world.wap.tenant.subscribe('gold1', 'mia@example.com')).accepted, false);
  });

  it('keeps to a decision that was killed before WAP heard of it', async function () {
    this.timeout(60_000);
    const { nodeRed } = world;
    const event = asked(900_001);
    const ask = (): Promise<Reply> => call(`${nodeRed.url}/wap/subscriptions`, { body: JSON.stringify(event) });
    plan.arm('after commit of insert approval');
    await assert.rejects(ask());
    plan.arm(null);
    billed('ann@example.com', 2, 'later'); // asked again, the flow would say no
    await nodeRed.start();
    await ready();
    assert.equal((await ask()).status, 204);
    assert.equal(
      (await call(`${nodeRed.url}/wap/subscriptions`, { body: JSON.stringify(asked(900_002)) })).status,
      403,
    );
  });
});
