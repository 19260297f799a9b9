import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { merged } from '../flows/sale-world';
import { openBrowser, pictureFolder } from '../harness/browser';
import { dashboardExamples, example } from '../harness/examples';
import { installModule, palette, uploadPackage } from '../harness/palette';
import { type Major, majors } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { aRecord } from '../unit/usage/meter/records';

/** The dashboard comes from the registry, as for a user; the newest major is enough for it. */
for (const major of majors().filter(each => each === 5)) {
  describe(`example: dashboard (Node-RED ${major})`, () => dashboard(major));
}

function dashboard(major: Major): void {
  let world: World;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  before(async function start() {
    this.timeout(300_000);
    world = await startWorld({ major, empty: true, settings: palette, env: { WAP_POLL_SECONDS: '1' } });
    await uploadPackage(world.nodeRed);
    const [dashboard] = dashboardExamples();
    const flows = merged([example('04 -').flows, dashboard?.flows ?? []]);
    const named = flows.find(({ type, modules }) => type === 'global-config' && modules)?.modules ?? {};
    const [module, version] = Object.entries(named)[0] ?? assert.fail('the example names no module');
    await installModule(world.nodeRed, module, String(version));
    const idOf = (type: string) => flows.find(node => node.type === type)?.id;
    const map = {
      ...{ id: 'map', type: 'mapping-store', z: idOf('tab') ?? '', x: 100, y: 100, operation: 'put', limit: '100' },
      ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{
        billingId: 'wapId',
        billingIdType: 'msg',
        mappingName: '<b>One</b>',
        mappingNameType: 'str',
        wires: [[], []],
      },
    };
    await world.deploy(
      world
        .probes([...flows, map])
        .drive('map', 'map')
        .watch('mapped', 'map')
        .done(),
    );
    await world.inject('map', { wapId: 's1' });
    await world.message('mapped');
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const times = { StartTime: at(65), EndTime: at(5), Resources: { DatabaseCount: '1.25' } };
    world.wap.seed({
      usage: ['s1', 's2'].map((SubscriptionId, index) =>
        aRecord({ EventId: index + 1, SubscriptionId, ExternalRecordId: `x${index}`, ...times }),
      ),
    });
    await world.until('usage in billing', () => world.billing.state.ledger.length > 0);
    for (const { id, type, name } of flows)
      if (type === 'inject' && /^each/.test(String(name))) await world.nodeRed.inject(id);
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 1200 } });
    page.on('pageerror', error => errors.push(error.message));
    await page.goto(`${world.nodeRed.url}/dashboard/wap-billing`);
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  it('shows feeds, the usage of this month, dead letters, and a tenant that is typed in', async function show() {
    this.timeout(60_000);
    await page.getByText('How it goes').waitFor();
    const row = (text: string) => page.locator('tr', { hasText: text }).first();
    await row('running').waitFor();
    await row('is not mapped to billing').waitFor();
    await page.locator('canvas, svg.chart, .nrdb-ui-chart').first().waitFor();
    const field = page.getByLabel('Tenant').first();
    await field.fill('one');
    await field.press('Enter');
    await row('<b>One</b>').waitFor();
    assert.match(await row('<b>One</b>').innerText(), /mysql-databases\s+1\.25\s+database-hours/);
    await page.screenshot({ path: join(pictureFolder(), 'dashboard.png') });
    assert.deepEqual(errors, []);
  });
}
