/** Pictures of the desk's views, in a world with something in each: some of them for docs/operations.md. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type SaleWorld, startSale } from '../flows/sale-world';
import { DeskPage } from '../harness/desk';
import { type Editor, type EditorOptions, openEditor } from '../harness/editor';
import { until } from '../harness/until';
import { aRecord } from '../unit/usage/meter/records';

const views = ['overview', 'runs', 'letters', 'mapping', 'usage', 'acts'];
const tenants = [
  ['s1', 'Fabrikam GmbH'],
  ['s2', 'Contoso Hosting'],
] as const;

/** As a hoster's on a bad day: a stuck run, usage that billing refused, a tenant without a mapping, and what went well. */
async function startBusyWorld(): Promise<SaleWorld> {
  const sale = await startSale(5, ['put a plan on sale', 'the adapter', 'Usage every minute'], {
    env: { BILLING_DEADLINE_MINUTES: '60' },
    billing: { usage: { meters: ['sql-databases', 'sql-space'] } },
  });
  await sale.press('Sell Gold Hosting');
  const gold = await sale.published('plan', 'Gold Hosting');
  await sale.press('Sell Stuck Silver');
  for (const [wapId, mappingName] of tenants) await map(sale, wapId, mappingName);
  const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * 3_600_000).toISOString().slice(0, 19);
  const usage = ['s1', 's2', 's3'].flatMap((SubscriptionId, tenant) =>
    Array.from({ length: 30 }, (_none, hour) =>
      aRecord({
        ...{ EventId: tenant * 100 + hour + 1, SubscriptionId, ExternalRecordId: `x${tenant}-${hour}` },
        ...{ StartTime: at(hour + 2), EndTime: at(hour + 1) },
        ProviderName: tenant === 1 && hour % 3 === 0 ? 'mysqlservers' : 'sqlservers',
        Resources: { DatabaseCount: String(1 + ((hour * 7) % 4)), TotalAllottedSpace: String(512 + hour * 8) },
      }),
    ),
  );
  sale.world.wap.seed({
    usage,
    subscriptions: [{ SubscriptionID: 's3', PlanId: gold.Id, SubscriptionName: 'Northwind' }],
  });
  await until('usage in billing', () => sale.world.billing.state.ledger.length > 50, 60_000);
  return sale;
}

/** Through the desk's own route, as its form does. */
async function map({ world }: SaleWorld, wapId: string, name: string): Promise<void> {
  const desk = `${world.nodeRed.url}/wap-billing/desk`;
  const [state]: Array<{ id: string }> = await (await fetch(desk)).json();
  const [place]: Array<{ installation: string; target: string }> = await (
    await fetch(`${desk}/${state?.id}/mappingPlaces`)
  ).json();
  const form = { ...place, kind: 'subscription', wapId, billingId: `cus-${wapId}`, name };
  const headers = { 'content-type': 'application/json' };
  const { ok } = await fetch(`${desk}/${state?.id}/putMapping`, {
    method: 'POST',
    headers,
    body: JSON.stringify(form),
  });
  if (!ok) throw new Error('not mapped');
}

/** Every view in every look: in a sidebar of its usual width and of 250 px, and wide. */
export async function lookAtDesk(browser: Browser, folder: string, looks: Array<EditorOptions & { name: string }>) {
  const sale = await startBusyWorld();
  try {
    for (const { name, ...look } of looks) {
      const editor = await openEditor(browser, sale.world.nodeRed.url, { types: ['wap-workflow-start'], ...look });
      const desk = new DeskPage(editor);
      mkdirSync(join(folder, name), { recursive: true });
      const picture = (view: string, how: string) =>
        desk.element.screenshot({ path: join(folder, name, `desk-${view}-${how}.png`) });
      for (const view of views) {
        await show(desk, view);
        await picture(view, 'sidebar');
      }
      await widen(editor);
      for (const view of views) {
        await show(desk, view);
        await picture(view, 'wide');
      }
      await editor.close();
    }
  } finally {
    await sale.stop();
  }
}

/** What docs/operations.md shows. */
export async function picturesOfOperations(browser: Browser, folder: string): Promise<void> {
  const sale = await startBusyWorld();
  try {
    const editor = await openEditor(browser, sale.world.nodeRed.url, { types: ['wap-workflow-start'], width: 1100 });
    const desk = new DeskPage(editor);
    await desk.open('overview');
    await widen(editor);
    mkdirSync(folder, { recursive: true });
    for (const view of ['overview', 'runs', 'letters', 'mapping', 'usage']) {
      await show(desk, view);
      const box = await desk.element.boundingBox();
      if (!box) throw new Error('no desk');
      const clip = { ...box, height: Math.min(box.height, 420) };
      await editor.page.screenshot({ path: join(folder, `desk-${view}.png`), clip });
    }
    await editor.close();
  } finally {
    await sale.stop();
  }
}

/** Until it has its rows: nothing turns, and nothing is asked for. */
async function show(desk: DeskPage, view: string): Promise<void> {
  await desk.open(view);
  await until(`${view} is drawn`, async () => !/asking…|preguntando…/.test(await desk.element.innerText()));
  await desk.page.waitForLoadState('networkidle');
}

const widen = (editor: Editor) =>
  editor.page
    .locator('.red-ui-sidebar button, .red-ui-panel button', { hasText: /Wide|Ancho/ })
    .first()
    .click();
