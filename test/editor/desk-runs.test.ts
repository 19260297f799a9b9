import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type SaleWorld, startSale } from '../flows/sale-world';
import { openBrowser } from '../harness/browser';
import { DeskPage } from '../harness/desk';
import type { EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';

const examples = ['put a plan on sale', 'the adapter'];

onEachMajor('the runs on the desk', major => {
  let sale: SaleWorld | undefined;
  let browser: Browser | undefined;
  let editors: Editors | undefined;

  before(async function start() {
    this.timeout(180_000);
    sale = await startSale(major, examples, { env: { BILLING_DEADLINE_MINUTES: '60' } });
    browser = await openBrowser();
    editors = new Editors(browser, sale.world.nodeRed, ['wap-workflow-start']);
  });
  after(async () => {
    await browser?.close();
    await sale?.stop();
  });

  async function open(options: EditorOptions = {}) {
    if (!editors || !sale) throw new Error('not started');
    const editor = await editors.take(options);
    return { desk: new DeskPage(editor), sale, editors };
  }

  it('show why a run is stuck and cancel it, in at most 4 steps, saying what it leaves behind', async () => {
    const { desk, sale, editors } = await open();
    await sale.order('Stuck <i>Silver</i>');
    await until(
      'it waits for billing',
      async () =>
        /Stuck/.test(String(sale.plan('plan', 'Stuck <i>Silver</i>')?.Id)) || sale.plan('plan', 'Stuck <i>Silver</i>'),
    );
    await desk.open('runs');
    const row = desk.rows().filter({ hasText: 'Stuck <i>Silver</i>' });
    await until('why it stands', async () =>
      /waits for Stuck <i>Silver<\/i> in billing, until/.test(await row.innerText()),
    );
    await desk.picture(`desk-runs-${major}`);
    await desk.press(row.getByRole('button', { name: 'Cancel the run' }));
    await desk.box().waitFor();
    assert.match(await desk.box().innerText(), /It leaves behind:[\s\S]*plan Stuck <i>Silver<\/i> in WAP/);
    await desk.picture(`desk-runs-cancel-${major}`);
    await desk.press(desk.box().getByRole('button', { name: 'Cancel the run' }));
    await until('it is cancelled', async () => (await sale.run('Stuck <i>Silver</i>'))?.state === 'cancelled');
    assert.ok(sale.plan('plan', 'Stuck <i>Silver</i>'), 'the plan stays in WAP');
    await until('the row says so', async () => /cancelled/.test(await row.innerText()));
    assert.ok(desk.steps <= 4, `${desk.steps} steps`);
    await desk.press(row.getByRole('button', { name: 'Stuck' }));
    const steps = desk.element.locator('.wap-billing-desk-steps li');
    await steps.first().waitFor();
    await desk.picture(`desk-runs-open-${major}`);
    const details = desk.element.locator('.wap-billing-desk-details');
    await until('what it made', async () => /plan Stuck <i>Silver<\/i> in WAP/.test(await details.innerText()));
    await desk.open('acts');
    await until('the history', async () => /cancelled runs[\s\S]*stuck/i.test(await desk.rows().first().innerText()));
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('resume all failed runs that a filter shows, once what was wrong is mended', async () => {
    const { desk, sale, editors } = await open();
    sale.world.wap.faults.add({
      kind: 'status',
      status: 403,
      server: 'admin',
      path: /^\/plans$/,
      method: 'POST',
      times: 3,
    });
    for (const name of ['Iron', 'Tin', 'Zinc']) await sale.order(name);
    await until('all have failed', async () => {
      const runs = await Promise.all(['Iron', 'Tin', 'Zinc'].map(key => sale.run(key)));
      return runs.every(run => run?.state === 'failed');
    });
    sale.world.wap.faults.clear();
    await desk.open('runs');
    await desk.choose(desk.filter('state'), 'failed');
    await until('only those', async () => (await desk.rows().count()) === 3);
    assert.match(await desk.rows().first().innerText(), /create/i);
    await desk.assertAccessible();
    await desk.picture(`desk-runs-failed-${major}`);
    await desk.press(desk.button('Resume all shown'));
    await desk.press(desk.box().getByRole('button', { name: 'Resume' }));
    for (const name of ['Iron', 'Tin', 'Zinc']) await until(`${name} is made`, () => sale.plan('plan', name));
    await until('no failed run is shown', async () => (await desk.rows().count()) === 0);
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('show what a run did though others go on all the time and the answer takes longer than they do', async () => {
    const { desk, sale, editors } = await open();
    await sale.order('Copper');
    await until('it is made', () => sale.plan('plan', 'Copper'));
    await desk.open('runs');
    const row = desk.rows().filter({ hasText: 'Copper' }).first();
    await row.waitFor();
    await desk.editor.page.route(/\/run\?/, async route => {
      await new Promise(resolve => setTimeout(resolve, 1800));
      await route.continue();
    });
    let isShown = false;
    const shown = desk.element.locator('.wap-billing-desk-steps li').first();
    await desk.press(row.getByRole('button').first());
    const waiting = shown.waitFor().then(() => {
      isShown = true;
    });
    for (let number = 0; number < 30 && !isShown; number += 1) {
      await sale.order(`Busy ${number}`);
      await new Promise(resolve => setTimeout(resolve, 400));
    }
    assert.ok(isShown, 'nothing is shown as long as other runs go on');
    await waiting;
    await desk.giveBackTo(editors);
  }).timeout(60_000);

  it('stay open when the view was chosen before the desk had begun, and answers come late', async () => {
    const editor = (await editors?.open()) ?? assert.fail('not started'); // a desk that begins
    const desk = new DeskPage(editor);
    let [asked, answered] = [0, 0];
    await desk.page.route(/\/wap-billing\/desk$/, async route => {
      asked += 1;
      await new Promise(resolve => setTimeout(resolve, asked === 1 ? 700 : 1500));
      await route.continue();
      answered += 1;
    });
    await desk.open('runs');
    const opener = desk.rows().first().getByRole('button').first();
    await desk.press(opener);
    await desk.element.locator('.wap-billing-desk-steps li').first().waitFor();
    await until('all have answered', () => asked > 0 && answered === asked);
    await desk.page.waitForLoadState('networkidle');
    assert.equal(await opener.getAttribute('aria-expanded'), 'true');
    await editor.close();
  }).timeout(60_000);

  it('are read in Spanish in a narrow window, and in the dark', async () => {
    for (const [name, options] of [
      ['spanish-narrow', { language: 'es-ES', width: 667 }],
      ['dark', { dark: true }],
    ] as const) {
      const { desk, editors } = await open(options);
      await desk.open('runs');
      await until('the list', async () => (await desk.rows().count()) > 0);
      await desk.press(desk.rows().first().getByRole('button').first());
      await desk.element.locator('.wap-billing-desk-steps li').first().waitFor();
      await desk.picture(`desk-runs-${name}-${major}`);
      await desk.assertAccessible();
      await desk.giveBackTo(editors);
    }
  }).timeout(120_000);
});
