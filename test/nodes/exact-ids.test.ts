/** Ids of billing and WAP that are numbers beyond 2^53 on the wire: each digit must be there wherever they go. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aPlan } from '../builders';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import type { World } from '../harness/world';
import { Bench, nodesOf } from './bench';
import { NumberingBilling } from './numbering-billing';
import { billing, common, state, wap } from './state-world';
import { startInProcessWapWorld } from './wap-world';

const subscription = 'aaaaaaaa-0000-4000-8000-000000000001';
const numberedPlan = '9007199254741191';

const templates = {
  create: { method: 'POST', path: '/offers', body: '{ "key": key }' },
  publish: { method: 'POST', path: '/offers/{remoteId}/publish', body: '{ "id": remoteId }' },
  retire: { method: 'POST', path: '/offers/{remoteId}/retire' },
  list: { method: 'GET', path: '/offers' },
  answer: '{ "key": key, "remoteId": id, "state": state }',
  subscriptionCreate: { method: 'POST', path: '/subscriptions', body: '{ "key": key, "offer": offerId }' },
  subscriptionList: { method: 'GET', path: '/subscriptions' },
  subscriptionSuspend: { method: 'POST', path: '/subscriptions/{remoteId}/suspend' },
  subscriptionAnswer: '{ "key": key, "remoteId": id, "state": state }',
};
const looked = { mappingKind: 'kind', mappingKindType: 'msg', wapId: 'id', wapIdType: 'msg' };
const nodes = [
  ...nodesOf('billing-plan-create', { create: {}, 'from-event': {} }, common),
  ...nodesOf('billing-plan-retire', { retire: {} }, common),
  ...nodesOf('mapping-store', { put: {}, find: { operation: 'get', ...looked } }, { ...common, outputs: 2 }),
  ...nodesOf('billing-reconcile', { fill: { mode: 'bootstrap', dryRun: false } }, { ...common, outputs: 2 }),
  ...nodesOf(
    'billing-subscription',
    { bill: { operation: 'create' }, suspend: { operation: 'suspend' } },
    { ...common, outputs: 3 },
  ),
  ...nodesOf('wap-event-poll', { poll: { schedule: 'input', maxOpen: '9', wires: [['from-event'], [], []] } }, common),
];
const others = [
  wap('wap', { usageUrl: '${NUMBERING_WAP}' }),
  billing('billing', { baseUrl: '${NUMBERING_BILLING}', auth: 'none', templates: JSON.stringify(templates) }),
  state('state'),
];

onMajorsOfThisNode('ids beyond 2^53', major => {
  const numbering = new NumberingBilling();
  let usageUrl = '';
  /** WAP's usage API, whose texts of many digits are numbers. */
  const numberingWap = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    fetch(new URL(request.url ?? '/', usageUrl), { headers: { authorization } }).then(
      async answer => {
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end((await answer.text()).replace(/"(\d{16,})"/g, '$1'));
      },
      () => response.destroy(),
    );
  });
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    await new Promise<void>(resolve => numberingWap.listen(0, '127.0.0.1', resolve));
    const { port } = numberingWap.address() as AddressInfo;
    world = await startInProcessWapWorld({
      major,
      env: { NUMBERING_BILLING: await numbering.listen(), NUMBERING_WAP: `http://127.0.0.1:${port}` },
    });
    usageUrl = world.wap.usageUrl;
    world.wap.seed({
      plans: [{ Id: 'silver', DisplayName: 'Silver', State: 1 }],
      subscriptions: [{ SubscriptionID: subscription, PlanId: 'silver' }],
      events: [{ feed: 'plans', Entity: aPlan({ Id: numberedPlan, DisplayName: 'Numbered' }) }],
    });
    bench = await Bench.start(world, others, nodes);
  });
  after(async () => {
    numbering.close();
    numberingWap.close();
    numberingWap.closeAllConnections();
    await world?.stop();
  });
  beforeEach(() => numbering.changes.splice(0));

  const mapped = async (kind: string, id: string) =>
    ((await bench.answer('find', { kind, id })).mapping as { billingId: string }).billingId;

  it('go from the answer to a create into the mapping and into later calls', async () => {
    const message = { wap: { kind: 'plan', plan: aPlan({ Id: 'gold', DisplayName: 'Gold' }) } };
    await bench.answer('put', await bench.answer('create', message));
    const id = numbering.idOf('gold');
    assert.equal(await mapped('plan', 'gold'), id);
    await bench.answer('retire', message);
    assert.deepEqual(numbering.changes, [
      '/offers {"key":"gold"}',
      `/offers/${id}/publish {"id":"${id}"}`,
      `/offers/${id}/retire `,
    ]);
  });

  it('go from a list into the mapping, and from there into what a subscription is made of', async () => {
    const offer = numbering.make('offers', 'silver');
    await bench.answer('fill');
    assert.equal(await mapped('plan', 'silver'), offer);
    const message = { wap: { subscription: { SubscriptionID: subscription, PlanId: 'silver' } } };
    await bench.answer('bill', message);
    const id = numbering.idOf(subscription);
    assert.equal(await mapped('subscription', subscription), id);
    await bench.answer('suspend', message);
    assert.deepEqual(numbering.changes, [
      `/subscriptions {"key":"${subscription}","offer":"${offer}"}`,
      `/subscriptions/${id}/suspend `,
    ]);
  });

  it('go from the body of an event into billing', async () => {
    await world.inject('poll', { control: 'poll' });
    await world.message('from-event 0', 2); // the other one is of the plan that was there before
    const id = numbering.idOf(numberedPlan);
    assert.deepEqual(numbering.changes, [`/offers {"key":"${numberedPlan}"}`, `/offers/${id}/publish {"id":"${id}"}`]);
  });
});
