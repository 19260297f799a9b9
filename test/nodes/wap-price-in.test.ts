import assert from 'node:assert/strict';
import { aPlan } from '../builders';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { Bench, type Properties } from './bench';
import { approvalIn, call, password, priceIn, responses, served, user } from './calls-world';
import { configuration } from './state-world';

const table = (rows: Array<[plan: string, price: string]>) =>
  JSON.stringify(rows.map(([plan, price]) => ({ plan, price })));

const ins = priceIn({
  flow: { prefix: '/from-flow', answerSeconds: '30' },
  late: { prefix: '/late', table: table([['*', 'ask the sales team']]), answerSeconds: '0.1' },
  table: {
    ...{ prefix: '/table', source: 'table' },
    table: table([
      ['gold1', '19.90 EUR per month'],
      ['Silver Hosting', '9.90 EUR „im Monat“'],
    ]),
  },
  plain: { prefix: '/plain', source: 'table', form: 'text', table: table([['*', '5 £']]) },
  shared: { prefix: '/shared', source: 'table', table: table([['*', '1 EUR']]) },
  'bad-table': { prefix: '/bad', table: '[{"plan":"gold1"}]' },
});
const answers = responses({ answer: { answer: 'price', answerType: 'str' } });
const approvals = approvalIn({ approvals: { prefix: '/shared' } });

onMajorsOfThisNode('wap-price-in and wap-response', major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major, env: { WAP_APPROVAL_PASSWORD: password } });
    world.wap.seed({ plans: [aPlan({ Id: 'silver9', DisplayName: 'Silver Hosting', State: 1 })] });
    bench = await Bench.start(world, configuration, [...ins, ...answers, ...approvals]);
    await Promise.all(
      ['from-flow', 'late', 'table', 'plain', 'shared'].map(prefix =>
        served(`${world.nodeRed.url}/${prefix}/planPrice`),
      ),
    );
  });
  after(() => world.stop());

  const price = (path: string) => call(`${world.nodeRed.url}${path}`, { method: 'GET' });
  const flowAsked = (count: number, output = 0) => world.message(`flow ${output}`, count);

  it('shows the portal what the flow says', async () => {
    world.wap.registerSubscriber({ endpoint: `${world.nodeRed.url}/from-flow`, type: 'billing', user, password });
    const waiting = world.wap.tenant.price('silver9', { region: 'west', username: 'ann' });
    const { payload, pricing, topic } = await flowAsked(1);
    const asked = { kind: 'plan', id: 'silver9', region: 'west', username: 'ann', subscriptionId: null };
    assert.deepEqual([topic, payload], ['price/plan', asked]);
    await bench.answer('answer', { pricing, payload: '9.90 EUR' });
    assert.deepEqual(await waiting, { status: 200, price: '9.90 EUR' });
    assert.equal(bench.status('answer'), '9.90 EUR');
  });

  it('takes names of parameters in any case, and missing ones', async () => {
    const one = price('/from-flow/ADDONPRICE?ID=extra1&SubscriptionId=s1');
    const { payload, pricing } = await flowAsked(1, 1);
    assert.deepEqual(payload, { kind: 'addon', id: 'extra1', region: null, username: null, subscriptionId: 's1' });
    await bench.answer('answer', { pricing, payload: 4 });
    const { text, headers } = await one;
    assert.deepEqual([text, headers['content-type']], ['"4"', 'application/json; charset=utf-8']);
    const none = price('/from-flow/planPrice');
    const second = await flowAsked(2);
    assert.equal((second.pricing as Properties).id, null);
    await bench.answer('answer', { pricing: second.pricing, payload: 'on request' });
    assert.equal((await none).text, '"on request"');
  });

  it('says what it said last when the flow is late, else what the table says', async () => {
    const asked = '/late/planPrice?id=silver9&username=bob';
    assert.equal((await price(asked)).text, '"ask the sales team"');
    const { pricing } = await world.message('late 0', 1);
    const late = await bench.error('answer', { pricing, payload: '8.90 EUR' });
    assert.equal(late.code, 'CALL_LATE');
    assert.equal((await price(asked)).text, '"8.90 EUR"');
    assert.equal((await price('/late/planPrice?id=silver9&username=eve')).text, '"ask the sales team"');
    assert.equal(bench.status('late'), 'flow was late');
  });

  it('needs no flow for a table of ids and names', async () => {
    assert.equal((await price('/table/planPrice?id=GOLD1')).text, '"19.90 EUR per month"');
    assert.equal((await price('/table/planPrice?id=silver9')).text, '"9.90 EUR „im Monat“"');
    assert.equal((await price('/table/planPrice?id=unknown')).status, 404);
    const lookUps = world.log.entries({ server: 'admin', path: '/plans/silver9' }).length;
    await price('/table/planPrice?id=silver9');
    assert.equal(world.log.entries({ server: 'admin', path: '/plans/silver9' }).length, lookUps);
    assert.equal(bench.sent('table').length, 0);
  });

  it('sends plain text if asked to, and shares a prefix with wap-approval-in', async () => {
    const { text, headers } = await price('/plain/addonPrice?id=x');
    assert.deepEqual([text, headers['content-type']], ['5 £', 'text/plain; charset=utf-8']);
    assert.equal((await price('/shared/planPrice')).text, '"1 EUR"');
    await served(`${world.nodeRed.url}/shared/subscriptions`);
  });

  it('refuses other credentials, verbs and values, and a table with a line that is not complete', async () => {
    const url = `${world.nodeRed.url}/table/planPrice`;
    assert.equal((await call(url, { method: 'GET', headers: { authorization: '' } })).status, 401);
    assert.equal((await call(url, { method: 'DELETE' })).status, 405);
    assert.equal((await price(`/table/planPrice?id=${'x'.repeat(501)}`)).status, 400);
    const { error } = await world.message('bad-table error');
    assert.deepEqual((error as { cause: Properties }).cause.subject, 'table[0].price');
    assert.equal((await bench.error('answer', { payload: '1' })).cause.subject, 'request');
    const { pricing } = await flowAsked(1);
    assert.equal((await bench.error('answer', { pricing, payload: { price: 1 } })).code, 'INPUT_INVALID');
    assert.equal((await bench.error('answer', { pricing })).code, 'INPUT_MISSING');
  });
});
