import assert from 'node:assert/strict';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { aRecord } from '../unit/usage/meter/records';
import { Bench, nodesOf, type Properties } from './bench';
import { common, configuration } from './state-world';

const type = 'billing-report';
const fromMessage = (...fields: string[]) =>
  Object.fromEntries(fields.flatMap(field => [[field, field] as const, [`${field}Type`, 'msg'] as const]));

const cases: Record<string, Properties> = {
  overview: {},
  metrics: { format: 'prometheus' },
  usage: { report: 'usage', period: 'all', by: 'all' },
  'each-tenant': { report: 'usage', period: 'all', eachTenant: true, format: 'csv' },
  asked: { report: 'usage', period: 'between', by: 'month', ...fromMessage('from', 'until', 'tenant', 'meter') },
  'usage-metrics': { report: 'usage', period: 'all', by: 'all', eachTenant: true, format: 'prometheus' },
  letters: { report: 'deadLetters', period: 'today' },
  'letters-before': { report: 'deadLetters', period: 'yesterday' },
  'one-letter': { report: 'deadLetters', period: 'all', format: 'csv-semicolon', limit: '1' },
  runs: { report: 'runs' },
  'runs-named': { report: 'runs', runState: 'completed', ...fromMessage('searchText') },
  unmapped: { report: 'unmapped' },
  'no-state': { state: '' },
};
const nodes = nodesOf(type, cases, common);
const polls = nodesOf(
  'wap-usage-poll',
  { poll: { name: 'usage of tenants', schedule: 'input', wires: [['send'], [], []] } },
  { ...common, outputs: 3 },
);
const sends = nodesOf('billing-usage-send', { send: { source: 'records' } }, { ...common, outputs: 3 });
const maps = nodesOf(
  'mapping-store',
  {
    map: {
      ...{ mappingKind: 'subscription', mappingKindType: 'str' },
      ...fromMessage('wapId', 'billingId', 'mappingName'),
    },
  },
  { ...common, outputs: 2 },
);
const workflows = [
  ...nodesOf(
    'wap-workflow-start',
    { start: { workflowName: 'sell a plan', runKey: 'topic', runKeyType: 'msg', wires: [['end'], []] } },
    { ...common, outputs: 2 },
  ),
  ...nodesOf('wap-workflow-end', { end: {} }, common),
];

/** WAP keeps records for a time only, and these are of one day. */
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const times = { StartTime: `${yesterday}T10:00:00`, EndTime: `${yesterday}T11:00:00` };
const ofTenant = (EventId: number, SubscriptionId: string, DatabaseCount: string) =>
  aRecord({ EventId, SubscriptionId, ExternalRecordId: `x${EventId}`, Resources: { DatabaseCount }, ...times });

onMajorsOfThisNode(type, major => {
  let world: World<InProcess>;
  let bench: Bench;

  before(async function () {
    this.timeout(120_000);
    world = await startInProcessWorld({ major });
    bench = await Bench.start(world, configuration, [...nodes, ...polls, ...sends, ...maps, ...workflows]);
    await bench.answer('map', { wapId: 's1', billingId: 'b1', mappingName: 'Fábrica "Uno"' });
    await bench.answer('map', { wapId: 's2', billingId: 'b2', mappingName: '=cmd()' });
    world.wap.seed({
      plans: [{ Id: 'GoldHo1', DisplayName: 'Gold' }],
      usage: [ofTenant(1, 's1', '0.1'), ofTenant(2, 's1', '0.2'), ofTenant(3, 's2', '5'), ofTenant(4, 's3', '7')],
    });
    await world.inject('poll', { control: 'poll' });
    await world.until('the usage in billing', () => world.billing.state.ledger.length === 3);
    await world.until('the record without a mapping', async () => (await rows('letters')).length === 1);
    await world.inject('start', { topic: 'order 7' });
    await world.until('the run', async () => (await rows('runs-named', { searchText: '7' })).length === 1);
  });
  after(() => world.stop());

  const rows = async (id: string, message: Properties = {}) =>
    (await bench.answer(id, message)).payload as Properties[];
  const text = async (id: string, message: Properties = {}) => String((await bench.answer(id, message)).payload);

  it('tells how feeds and workflows do, and what needs a person', async () => {
    const found = await rows('overview');
    const feed = found.find(({ about }) => about === 'usage') ?? assert.fail('no feed');
    assert.deepEqual(
      { ...feed, lagSeconds: null, lastReadAt: null, caughtUpAt: null },
      {
        ...{ about: 'usage', name: 'billing', installation: 'wap1', state: 'running', needsPerson: 1, failed: 0 },
        ...{ waiting: 1, open: 0, ended24h: null, lagSeconds: null, lastReadAt: null, nextReadAt: null },
        ...{ caughtUpAt: null, problem: null },
      },
    );
    assert.match(String(feed.lastReadAt), /^\d{4}-\d\d-\d\dT/);
    const workflow = found.find(({ about }) => about === 'workflow');
    assert.deepEqual([workflow?.name, workflow?.open, workflow?.failed, workflow?.ended24h], ['sell a plan', 0, 0, 1]);
    const waiting = found.find(({ about, name }) => about === 'deadLetters' && name === 'waiting');
    assert.equal(waiting?.needsPerson, 1);
  });

  it('gives the same to Prometheus', async () => {
    const { payload, headers } = await bench.answer('metrics');
    const lines = String(payload).split('\n');
    const of = 'feed="usage",reader="billing",installation="wap1"';
    for (const line of [
      `wap_billing_feed_up{${of}} 1`,
      `wap_billing_feed_needs_person{${of}} 1`,
      'wap_billing_workflow_runs{workflow="sell a plan",state="failed"} 0',
      'wap_billing_dead_letters{kind="waiting"} 1',
      'wap_billing_report_whole{report="overview"} 1',
      '# TYPE wap_billing_feed_up gauge',
    ])
      assert.ok(lines.includes(line), `${line} is not in ${payload}`);
    assert.deepEqual(headers, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  });

  it('adds up what was delivered, exactly', async () => {
    const { payload, report } = await bench.answer('usage');
    const all = { subscription: null, name: null, account: null, period: null, timeZone: 'UTC' };
    const of = { meter: 'DatabaseCount', unit: null };
    assert.deepEqual(payload, [{ ...all, ...of, quantity: '5.3', quantities: 3 }]);
    const { at, ...told } = report as Properties;
    assert.deepEqual(told, { name: 'usage', rows: 1, isWhole: true, from: null, to: null, timeZone: 'UTC' });
    assert.match(String(at), /^\d{4}-/);
    assert.equal(bench.status('usage'), '1 rows');
  });

  it('has a file of each tenant and day that no spreadsheet runs', async () => {
    const { payload, headers } = await bench.answer('each-tenant');
    assert.deepEqual(String(payload).split('\r\n'), [
      '\uFEFFsubscription,name,account,period,timeZone,meter,unit,quantity,quantities',
      `s1,"Fábrica ""Uno""",,${yesterday},UTC,DatabaseCount,,0.3,2`,
      `s2,'=cmd(),,${yesterday},UTC,DatabaseCount,,5,1`,
      '',
    ]);
    assert.deepEqual(headers, { 'content-type': 'text/csv; charset=utf-8' });
  });

  it('takes tenant, meter and days from a message', async () => {
    const whole = { from: yesterday, until: yesterday, tenant: 'fabrica', meter: '' };
    const [row, ...more] = await rows('asked', whole);
    assert.deepEqual([row?.subscription, row?.period, row?.quantity, more], ['s1', yesterday.slice(0, 7), '0.3', []]);
    assert.deepEqual(await rows('asked', { ...whole, meter: 'other' }), []);
    assert.deepEqual(await rows('asked', { ...whole, from: '2020-01-01', until: '2020-01-31' }), []);
    assert.deepEqual(await rows('asked', { ...whole, tenant: 'nobody' }), []);
  });

  it('names the field of a day that is none, or that comes too late', async () => {
    const { code, message, cause } = await bench.error('asked', { from: '31.1.2026' });
    assert.deepEqual([code, cause.subject], ['INPUT_INVALID', 'from']);
    assert.match(message, /2026-01-31/);
    const late = await bench.error('asked', { from: '2026-02-01', until: '2026-01-01' });
    assert.match(late.message, /2026-02-01 is after 2026-01-01/);
  });

  it('gives usage to Prometheus with its tenant', async () => {
    const line = 'wap_billing_usage{subscription="s1",name="Fábrica \\"Uno\\"",meter="DatabaseCount"} 0.3';
    const found = await text('usage-metrics');
    assert.ok(found.split('\n').includes(line), found);
  });

  it('lists what was set aside in the period, and says when there is more', async () => {
    const [letter] = await rows('letters');
    assert.deepEqual(
      [letter?.kind, letter?.subscriptionId, letter?.meter, letter?.quantity],
      ['waiting', 's3', 'DatabaseCount', '7'],
    );
    assert.deepEqual(await rows('letters-before'), []);
    world.wap.seed({ usage: [ofTenant(5, 's4', '1')] });
    await world.inject('poll', { control: 'poll' });
    await world.until('two letters', async () => (await rows('letters')).length === 2);
    const { payload, report } = await bench.answer('one-letter');
    assert.equal(String(payload).split('\r\n').length, 3);
    assert.match(String(payload), /^\uFEFFsince;kind;feed;/);
    assert.equal((report as Properties).isWhole, false);
    assert.equal(bench.status('one-letter'), '1 rows, there are more');
  });

  it('lists runs by state and key', async () => {
    const [run] = await rows('runs');
    assert.deepEqual([run?.workflow, run?.state, run?.problem], ['sell a plan', 'completed', null]);
    assert.deepEqual(await rows('runs-named', { searchText: 'nothing' }), []);
  });

  it('asks WAP for what has no billing id', async () => {
    const found = await rows('unmapped');
    assert.deepEqual(found, [{ kind: 'plan', wapId: 'GoldHo1', name: 'Gold', account: null }]);
  });

  it('names what is missing in its dialog', async () => {
    assert.equal((await bench.error('no-state')).cause.subject, 'state');
  });
});
