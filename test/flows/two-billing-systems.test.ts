import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { meterRecords } from '../../lib/usage/meter/meter';
import { readRules } from '../../lib/usage/meter/read-rules';
import { readyRules } from '../../lib/usage/meter/ready-rules';
import { RuleBook } from '../../lib/usage/meter/rule';
import type { BillingSimulator } from '../../simulator/billing/options';
import { startBillingSimulator } from '../../simulator/billing/server';
import type { FlowNode } from '../harness/admin-api';
import { example } from '../harness/examples';
import { claimPort } from '../harness/ports';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';

const subscriptions = ['s1', 's2', 's3', 's4'];
const book = new RuleBook(readRules(readyRules));
const token = 'a-token-of-the-second';

/** A tab with a way to map subscriptions for each of the billing systems. */
function mappers(flows: FlowNode[]): FlowNode[] {
  const idOf = (type: string) => flows.find(node => node.type === type)?.id;
  const stores = flows
    .filter(({ type }) => type === 'billing-connection')
    .map(({ id, name }) => ({
      ...{ id: `map ${name}`, type: 'mapping-store', z: 'helping', x: 100, y: 100, operation: 'put', limit: '100' },
      ...{ connection: idOf('wap-connection'), billing: id, state: idOf('billing-state'), wires: [[], []] },
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{ billingId: 'billingId', billingIdType: 'msg', mappingName: '', mappingNameType: 'str' },
    }));
  return [{ id: 'helping', type: 'tab', label: 'helping' }, ...stores];
}

/** What a billing system has, each entry as often as it has it. */
const lines = (entries: ReadonlyArray<Record<string, unknown>>) =>
  entries
    .map(({ id, subscription, meter, quantity }) =>
      [String(id).split('/').slice(1).join('/'), subscription, meter, quantity].join(' '),
    )
    .sort();

onEachMajor('example: one usage feed, two billing systems', major => {
  let folder: string;
  let port: number;
  let world: World;
  let second: BillingSimulator;

  /** On the same port, with what it had. */
  const startSecond = async () => {
    second = await startBillingSimulator({ port, token, stateFile: join(folder, 'second.json') });
  };
  before(async function () {
    this.timeout(120_000);
    folder = mkdtempSync(join(tmpdir(), 'wap-billing-second-'));
    port = await claimPort();
    await startSecond();
    const { flows } = example('19 - One');
    const env = { WAP_POLL_SECONDS: '1', BILLING2_URL: second.url, BILLING2_TOKEN: token };
    world = await startWorld({ major, env });
    const all = [...flows, ...mappers(flows)];
    const probes = world.probes(all).catches('caught', flows.find(({ type }) => type === 'tab')?.id ?? '');
    for (const name of ['Billing', 'Second billing'])
      probes.drive(encodeURIComponent(name), `map ${name}`).watch(`mapped ${name}`, `map ${name}`);
    await world.deploy(probes.done());
    for (const name of ['Billing', 'Second billing'])
      for (const [index, wapId] of subscriptions.entries()) {
        await world.inject(encodeURIComponent(name), { wapId, billingId: `${name} ${wapId}` });
        await world.message(`mapped ${name}`, index + 1);
      }
  });
  after(async () => {
    await world?.stop();
    await second?.close();
    rmSync(folder, { recursive: true });
  });

  /** What a billing system should have of WAP's records. */
  const wanted = (name: string) => {
    const origin = { installation: new URL(world.wap.adminUrl).hostname, feed: 'usage' };
    const { quantities } = meterRecords([...world.wap.expectedUsage({ withoutDuplicates: true })], book, origin);
    return quantities.map(each => ({ ...each, id: each.key, subscription: `${name} ${each.wapSubscriptionId}` }));
  };
  const crash = async () => {
    await world.nodeRed.kill9();
    await world.nodeRed.start();
  };

  it('gives each record once to each, while the second one is away for a time and Node-RED is killed', async function () {
    this.timeout(240_000);
    world.wap.seed({ usage: { count: 4000, subscriptions, seed: major } });
    const all = wanted('').length;
    assert.ok(all > 500, `only ${all} quantities`);
    const share = (billing: () => BillingSimulator, of: number) =>
      world.until(`${of} of a ledger`, () => billing().state.ledger.length >= all * of, 90_000);
    const [one, two] = [() => world.billing, () => second];

    await share(two, 0.1);
    await second.close();
    const had = second.state.ledger.length;
    assert.ok(had < all, 'the second one had everything before it went away');
    await crash();
    await share(one, 1);
    const told = await world.message('caught');
    assert.match((told.error as { message: string }).message, new RegExp(String(port)));
    await crash();
    await startSecond();
    assert.equal(second.state.ledger.length, had);
    await share(two, 0.6);
    await crash();
    await share(two, 1);

    assert.deepEqual(lines(world.billing.state.ledger), lines(wanted('Billing')));
    assert.deepEqual(lines(second.state.ledger), lines(wanted('Second billing')));
  });
});
