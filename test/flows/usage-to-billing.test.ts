import assert from 'node:assert/strict';
import Big from 'big.js';
import { meterRecords } from '../../lib/usage/meter/meter';
import { readRules } from '../../lib/usage/meter/read-rules';
import { readyRules } from '../../lib/usage/meter/ready-rules';
import { RuleBook } from '../../lib/usage/meter/rule';
import type { FlowNode } from '../harness/admin-api';
import { example } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { aRecord } from '../unit/usage/meter/records';

const subscriptions = ['s1', 's2', 's3', 's4'];
const book = new RuleBook(readRules(readyRules));
const day = 86_400_000;

/** A tab that fills the mapping from outside, and the button of a daily run. */
function helpers(flows: FlowNode[]): FlowNode[] {
  const idOf = (type: string) => flows.find(node => node.type === type)?.id;
  return [
    { id: 'helping', type: 'tab', label: 'helping' },
    {
      ...{ id: 'map', type: 'mapping-store', z: 'helping', x: 100, y: 100, operation: 'put', limit: '100' },
      ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{ billingId: 'billingId', billingIdType: 'msg', mappingName: '', mappingNameType: 'str', wires: [[], []] },
    },
  ];
}

/** Subscription and meter → the sum of their quantities. */
function totals(entries: Array<{ subscription: string; meter: string; quantity: string }>): Record<string, string> {
  const sums = new Map<string, Big>();
  for (const { subscription, meter, quantity } of entries) {
    const key = `${subscription} ${meter}`;
    sums.set(key, (sums.get(key) ?? new Big(0)).plus(quantity));
  }
  return Object.fromEntries([...sums].sort().map(([key, sum]) => [key, sum.toFixed()]));
}

onEachMajor('usage to billing', major => {
  let world: World;
  afterEach(() => world?.stop());

  const start = async (name: string) => {
    const { flows } = example(name);
    world = await startWorld({ major, env: { WAP_POLL_SECONDS: '1' } });
    const all = [...flows, ...helpers(flows)];
    const probes = world.probes(all).drive('map', 'map').watch('mapped', 'map');
    const poll = flows.find(({ type }) => type === 'wap-usage-poll')?.id ?? '';
    await world.deploy(probes.drive('poll', poll).watch('caught up', poll, 1).done());
    for (const [index, wapId] of subscriptions.entries()) {
      await world.inject('map', { wapId, billingId: `b-${wapId}` });
      await world.message('mapped', index + 1);
    }
  };
  const ledger = () =>
    world.billing.state.ledger.map(({ id, subscription, meter, quantity }) => ({
      ...{ id, subscription: String(subscription), meter: String(meter), quantity: String(quantity) },
    }));
  /** What the source's records come to. */
  const wanted = () =>
    meterRecords([...world.wap.expectedUsage({ withoutDuplicates: true })], book, {
      installation: new URL(world.wap.adminUrl).hostname,
      feed: 'usage',
    }).quantities.map(each => ({ ...each, id: each.key, subscription: `b-${each.wapSubscriptionId}` }));

  it('delivers every record once, while Node-RED is killed again and again', async function () {
    this.timeout(240_000);
    await start('Usage every minute to billing');
    world.wap.seed({ usage: { count: 4000, subscriptions, seed: major } });
    const all = wanted();
    assert.ok(all.length > 500, `only ${all.length} quantities`);
    for (const share of [0.05, 0.3, 0.6, 0.9]) {
      await world.until(
        `${share} of the ledger`,
        () => world.billing.state.ledger.length >= all.length * share,
        60_000,
      );
      await world.nodeRed.kill9();
      await world.nodeRed.start();
    }
    await world.until('the whole ledger', () => world.billing.state.ledger.length >= all.length, 90_000);
    const text = (entries: Array<{ id: string; subscription: string; meter: string; quantity: string }>) =>
      entries
        .map(({ id, subscription, meter, quantity }) =>
          [id.split('/').slice(1).join('/'), subscription, meter, quantity].join(' '),
        )
        .sort();
    assert.deepEqual(text(ledger()), text(all));
  });

  it('bills each day once, and the rest as an adjustment, through kills', async function () {
    this.timeout(240_000);
    await start('Daily usage run with totals');
    const noon = Math.floor(Date.now() / day) * day - 2 * day + day / 2;
    const at = { StartTime: new Date(noon - 3_600_000).toISOString(), EndTime: new Date(noon).toISOString() };
    const records = (from: number, count: number) =>
      Array.from({ length: count }, (_none, index) => {
        const EventId = from + index;
        const SubscriptionId = subscriptions[EventId % 4] ?? '';
        return aRecord({
          EventId,
          SubscriptionId,
          ExternalRecordId: `x${EventId}`,
          Resources: { DatabaseCount: `${EventId}.25` },
          ...at,
        });
      });
    const caughtUp = () => world.messages('caught up').filter(({ topic }) => topic === 'caughtUp').length;
    const run = async () => {
      const before = caughtUp();
      await world.inject('poll', { control: 'poll' });
      await world.until('a run', () => caughtUp() > before, 60_000);
    };
    const sums = () =>
      world.until(
        'the sums',
        () => {
          const found = totals(ledger());
          return JSON.stringify(found) === JSON.stringify(totals(wanted())) ? found : undefined;
        },
        60_000,
      );

    world.wap.seed({ usage: records(1, 3000) });
    await world.inject('poll', { control: 'poll' });
    await world.until('some was read', () => world.log.entries({ server: 'usage', path: '/usage' }).length > 0);
    await world.nodeRed.kill9();
    await world.nodeRed.start();
    await run();
    await sums();
    assert.equal(world.billing.state.ledger.length, 4);

    world.wap.seed({ usage: records(3001, 100) });
    const held = world.billing.faults.add({ kind: 'hold', path: '/usage' });
    await run();
    await held.untilHit();
    await world.nodeRed.kill9();
    held.remove();
    await world.nodeRed.start();
    await sums();
    const adjustments = world.billing.state.ledger.filter(({ adjustment }) => adjustment === true);
    assert.deepEqual([adjustments.length, world.billing.state.ledger.length], [4, 8]);
  });
});
