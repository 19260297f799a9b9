import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Big from 'big.js';
import type { Browser } from 'playwright-core';
import type { FlowNode } from '../harness/admin-api';
import { openBrowser } from '../harness/browser';
import { DeskPage } from '../harness/desk';
import type { EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { example } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';
import { startWorld, type World } from '../harness/world';
import { aRecord } from '../unit/usage/meter/records';

const today = new Date().toISOString().slice(0, 10);
const tenants = { s1: '<b>Contoso</b>', s2: 'Fabrikam' };

/** Example 04, and a node that fills the mapping. */
function flowsOf(): FlowNode[] {
  const { flows } = example('Usage every minute to billing');
  const idOf = (type: string) => flows.find(node => node.type === type)?.id;
  return [
    ...flows,
    { id: 'helping', type: 'tab', label: 'helping' },
    {
      ...{ id: 'map', type: 'mapping-store', z: 'helping', x: 100, y: 100, operation: 'put', limit: '100' },
      ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{ billingId: 'billingId', billingIdType: 'msg', mappingName: 'name', mappingNameType: 'msg', wires: [[], []] },
    },
  ];
}

/** Records of today. */
const usage = (from: number, count: number, SubscriptionId: string) =>
  Array.from({ length: count }, (_none, index) => {
    const EventId = from + index;
    const times = {
      StartTime: `${today}T00:00:00`,
      EndTime: `${today}T00:00:${String(EventId % 60).padStart(2, '0')}`,
    };
    return aRecord({ EventId, SubscriptionId, ExternalRecordId: `x${EventId}`, ...times });
  });

onEachMajor('the usage on the desk', major => {
  let world: World;
  let browser: Browser;
  let editors: Editors;

  before(async function start() {
    this.timeout(180_000);
    world = await startWorld({ major, env: { WAP_POLL_SECONDS: '1' } });
    await world.deploy(world.probes(flowsOf()).drive('map', 'map').watch('mapped', 'map').done());
    for (const [index, [wapId, name]] of Object.entries(tenants).entries()) {
      await world.inject('map', { wapId, billingId: `b-${wapId}`, name });
      await world.message('mapped', index + 1);
    }
    world.wap.seed({ usage: [...usage(1, 20, 's1'), ...usage(21, 7, 's2')] });
    await until(
      'billing has it',
      () => new Set(world.billing.state.ledger.map(({ subscription }) => subscription)).size === 2,
    );
    browser = await openBrowser();
    editors = new Editors(browser, world.nodeRed, ['wap-usage-poll']);
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  async function open(options: EditorOptions = {}): Promise<DeskPage> {
    const editor = await editors.take(options);
    const desk = new DeskPage(editor);
    await desk.open('usage');
    await desk.element.locator('.wap-billing-desk-days').waitFor();
    return desk;
  }
  /** Sums of billing's ledger by meter. */
  const sums = (subscription: string) => {
    const found = new Map<string, Big>();
    for (const each of world.billing.state.ledger.filter(of => of.subscription === subscription)) {
      found.set(String(each.meter), (found.get(String(each.meter)) ?? new Big(0)).plus(String(each.quantity)));
    }
    return Object.fromEntries([...found].sort().map(([meter, sum]) => [meter, sum.toFixed()]));
  };
  /** The rows of the table by day: meter and quantity. */
  const shown = async (desk: DeskPage) => {
    const rows = await desk.element.locator('.wap-billing-desk-days tbody tr').all();
    const found = await Promise.all(rows.map(row => row.locator('td').allInnerTexts()));
    return Object.fromEntries(
      found.map(([, meter = '', quantity = '']) => [meter, quantity.replaceAll(',', '')]).sort(),
    );
  };
  const withoutUnits = (rows: Record<string, string>) =>
    Object.fromEntries(Object.entries(rows).map(([meter, quantity]) => [meter.replace(/ \(.*\)$/, ''), quantity]));

  it('shows a tenant’s month to date, as billing has it, in at most 3 steps', async () => {
    const desk = await open();
    await desk.type(desk.filter('tenant'), 'contoso');
    await until('the tenant', async () => /<b>Contoso<\/b> ·/.test(await desk.element.innerText()));
    await desk.element.locator('.wap-billing-desk-chart canvas').waitFor();
    assert.ok(desk.steps <= 3, `${desk.steps} steps`);
    assert.deepEqual(withoutUnits(await shown(desk)), sums('b-s1'));
    await desk.picture(`desk-usage-${major}`);
    await desk.assertAccessible();
    const downloading = desk.page.waitForEvent('download');
    await desk.press(desk.button('CSV'));
    const csv = readFileSync(await (await downloading).path(), 'utf8');
    assert.match(csv, new RegExp(`^\\uFEFF?subscription,name,account,day,.*\\r\\ns1,.*,${today},`));
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('lists tenants with their sums, and counts nothing twice when it is replayed', async () => {
    const desk = await open();
    await until('both tenants', async () => /Fabrikam/.test(await desk.element.innerText()));
    const before = await shown(desk);
    await desk.open('overview');
    await desk.press(desk.button('Replay…'));
    await desk.type(desk.box().getByLabel('From'), '1');
    const calls = world.log.entries({ server: 'billing', method: 'POST' }).length;
    await desk.press(desk.box().getByRole('button', { name: 'Count…' }));
    await desk.press(desk.box().filter({ hasText: 'At most' }).getByRole('button', { name: 'Replay' }));
    await until('it is sent again', () => world.log.entries({ server: 'billing', method: 'POST' }).length > calls);
    await until('all is settled', async () => !/to go out|on their way/.test(await desk.element.innerText()));
    await desk.open('usage');
    await desk.element.locator('.wap-billing-desk-days').waitFor();
    assert.deepEqual(await shown(desk), before);
    await desk.press(desk.element.getByRole('button', { name: 'Fabrikam' }).first());
    await until('that tenant', async () => /Fabrikam ·/.test(await desk.element.innerText()));
    assert.deepEqual(withoutUnits(await shown(desk)), sums('b-s2'));
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('is readable in a narrow window, in Spanish and in the dark', async () => {
    for (const [name, options] of [
      ['spanish-narrow', { language: 'es-ES', width: 667 }],
      ['dark', { dark: true }],
    ] as const) {
      const desk = await open(options);
      await desk.assertAccessible();
      await desk.picture(`desk-usage-${name}-${major}`);
      await desk.page
        .locator('.red-ui-sidebar, #red-ui-sidebar')
        .getByText(/^(Wide|Ancho)$/)
        .last()
        .click();
      await desk.element.locator('.wap-billing-desk-chart canvas').waitFor();
      await desk.picture(`desk-usage-${name}-wide-${major}`);
      await desk.closeWide();
      await desk.giveBackTo(editors);
    }
  }).timeout(120_000);
});
