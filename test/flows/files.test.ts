import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlowNode } from '../harness/admin-api';
import { example } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { aRecord } from '../unit/usage/meter/records';
import { merged } from './sale-world';

onEachMajor('examples: files, e-mails and metrics of what was delivered and refused', major => {
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-totals-'));
  const totals = join(folder, 'totals.csv');
  let world: World;
  let flows: FlowNode[];

  before(async function start() {
    this.timeout(120_000);
    flows = merged(['04 -', '07 -', '14 -'].map(name => example(name).flows));
    const idOf = (type: string) => flows.find(node => node.type === type)?.id;
    const map = {
      ...{ id: 'map', type: 'mapping-store', z: idOf('tab') ?? '', x: 100, y: 100, operation: 'put', limit: '100' },
      ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{ billingId: 'wapId', billingIdType: 'msg', mappingName: '', mappingNameType: 'str', wires: [[], []] },
    };
    world = await startWorld({ major, env: { WAP_POLL_SECONDS: '1', TOTALS_FILE: totals } });
    const mails = flows.filter(({ name }) => name === 'the e-mail');
    let probes = world
      .probes([...flows, map])
      .drive('map', 'map')
      .watch('mapped', 'map');
    for (const { id, z } of mails) probes = probes.watch(`mail ${z}`, sourceOf(id));
    await world.deploy(probes.done());
    await world.inject('map', { wapId: 's1' });
    await world.message('mapped');
    const times = { StartTime: minutesAgo(65), EndTime: minutesAgo(5), Resources: { DatabaseCount: '1.25' } };
    const usage = ['s1', 's2'].map((SubscriptionId, index) =>
      aRecord({ EventId: index + 1, SubscriptionId, ExternalRecordId: `x${index}`, ...times }),
    );
    world.wap.seed({ usage });
    await world.until('usage of one, and a letter of the other', async () => {
      const text = await metrics();
      return world.billing.state.ledger.length > 0 && text.includes('wap_billing_dead_letters{kind="waiting"} 1');
    });
  });
  after(async () => {
    await world?.stop();
    rmSync(folder, { recursive: true });
  });

  const sourceOf = (id: string) => flows.find(({ wires }) => wires?.flat().includes(id))?.id ?? '';
  const press = (name: string) => world.nodeRed.inject(flows.find(each => each.name === name)?.id ?? '');
  const metrics = async () => (await fetch(`${world.nodeRed.url}/wap-billing-metrics`)).text();
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  /** `null` while it is being written. */
  const whole = (file: string) => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text.endsWith('\r\n') ? text : null;
  };
  const inUserDir = (name: string) => join(world.nodeRed.userDir, name);

  it('writes dead letters into the user directory, wherever Node-RED was started, and readies the e-mail', async () => {
    const file = inUserDir('wap-billing-dead-letters.csv');
    await press('All there are now');
    const text = await world.until('the file', () => whole(file));
    const [heading, line, ...more] = text.split('\r\n');
    assert.match(heading ?? '', /^\uFEFFsince,kind,feed,eventId,/);
    assert.match(line ?? '', /,waiting,usage,2,.*,s2,.*,DatabaseCount,1\.25,/);
    assert.deepEqual(more, ['']);
    const mail = (await world.message(`mail ${example('07 -').flows[0]?.id}`)) as Record<string, unknown>;
    assert.equal(mail.topic, '1 dead letters');
    assert.deepEqual(mail.attachments, [{ filename: 'wap-billing-dead-letters.csv', content: text }]);
  });

  it('writes nothing when nothing was refused yesterday', async () => {
    const before = world.messages(`mail ${example('07 -').flows[0]?.id}`).length;
    await press('Yesterday, every morning');
    await press('All there are now');
    await world.message(`mail ${example('07 -').flows[0]?.id}`, before + 1);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    assert.equal(existsSync(inUserDir(`wap-billing-dead-letters-${yesterday}.csv`)), false);
  });

  it('writes totals of each tenant where the environment says', async () => {
    await press('This month to date');
    const text = await world.until('the file of totals', () => whole(totals));
    assert.match(text, /\r\ns1,,,\d{4}-\d\d-\d\d,UTC,mysql-databases,database-hours,1\.25,1\r\n$/);
  });
});
