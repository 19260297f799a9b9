import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { type SaleWorld, startSale } from '../flows/sale-world';
import { openBrowser } from '../harness/browser';
import { assertAccessible, DeskPage } from '../harness/desk';
import type { EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';

const hostile = '<img src=x onerror="document.title=1">';

/** As Excel saves “Unicode text”: UTF-16 with its mark, tabs between the cells. */
const fromExcel = (lines: string[][]): Buffer =>
  Buffer.concat([
    Buffer.from([0xff, 0xfe]),
    Buffer.from(lines.map(cells => `${cells.join('\t')}\r\n`).join(''), 'utf16le'),
  ]);

onEachMajor('the mapping on the desk', major => {
  let sale: SaleWorld;
  let browser: Browser;
  let editors: Editors;
  const plans = Array.from({ length: 31 }, (_none, index) => ({ Id: `w-${index}`, DisplayName: `Köln ${index}` }));

  before(async function start() {
    this.timeout(180_000);
    sale = await startSale(major, ['03 - Daily']);
    sale.world.wap.seed({ plans: [...plans, { Id: 'odd', DisplayName: hostile }] });
    sale.world.billing.seed({ offers: [{ key: 'Odd', name: hostile, state: 'active' }] });
    browser = await openBrowser();
    editors = new Editors(browser, sale.world.nodeRed, ['mapping-store']);
  });
  after(async () => {
    await browser?.close();
    await sale?.stop();
  });

  async function open(options: EditorOptions = {}): Promise<DeskPage> {
    const editor = await editors.take(options);
    const desk = new DeskPage(editor);
    await desk.open('mapping');
    await desk.element.locator('.wap-billing-desk-unmapped li, tr[data-key]').first().waitFor();
    return desk;
  }
  /** Somebody else maps a plan meanwhile. */
  async function map(wapId: string, billingId: string): Promise<void> {
    const url = `${sale.world.nodeRed.url}/wap-billing/desk`;
    const [state] = (await (await fetch(url)).json()) as Array<{ id: string }>;
    const [scope] = (await (await fetch(`${url}/${state?.id}/mappingPlaces`)).json()) as object[];
    const body = JSON.stringify({ ...scope, kind: 'plan', wapId, billingId, replace: true });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/${state?.id}/putMapping`, { method: 'POST', headers, body });
    assert.equal(answer.status, 200);
  }
  const choose = async (desk: DeskPage, buffer: Buffer) => {
    desk.steps += 1;
    const file = { name: 'mapping.csv', mimeType: 'text/csv', buffer };
    await desk.element.locator('input[type=file]').setInputFiles(file);
  };

  it('takes 30 pairs from a file of Excel in at most 5 steps, and shows first what each line would do', async () => {
    const desk = await open();
    assert.match(await desk.element.innerText(), /Without a billing id: 32/);
    const lines = plans.slice(0, 30).map(({ Id, DisplayName }, index) => ['plan', Id, `b-${index}`, DisplayName]);
    await desk.press(desk.button('Import'));
    await choose(desk, fromExcel([['kind', 'wapId', 'billingId', 'name'], ...lines]));
    await until('what it would do', async () => /new: 30/.test(await desk.element.innerText()));
    assert.match(await desk.element.innerText(), /Read as UTF-16/);
    assert.deepEqual(await sale.mapped('plan'), {});
    await desk.picture(`desk-mapping-import-${major}`);
    await desk.assertAccessible();
    await desk.press(desk.button('Import (30)'));
    await until('they are there', async () => Object.keys(await sale.mapped('plan')).length === 30);
    assert.equal((await sale.mapped('plan'))['w-7'], 'b-7');
    assert.ok(desk.steps <= 5, `${desk.steps} steps`);
    await until('two are left', async () => /Without a billing id: 2/.test(await desk.element.innerText()));
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('names every bad line, imports nothing then, and says of a workbook how to save it', async () => {
    const desk = await open();
    const before = await sale.mapped('plan');
    await desk.press(desk.button('Import'));
    await choose(desk, Buffer.from('kind;wapId;billingId\r\nplan;w-30;b-30\r\nplan;w-31;b-1\r\nplan;;x\r\n'));
    const bad = desk.element.locator('tr[data-outcome="bad"]');
    await until('the bad lines', async () => (await bad.count()) === 2);
    const said = await bad.allInnerTexts();
    assert.match(said.join('\n'), /3[\s\S]*w-31[\s\S]*belongs to the plan w-1/);
    assert.match(said.join('\n'), /4[\s\S]*wapId/);
    const apply = desk.element.getByRole('button', { name: 'Import (1)' });
    assert.equal(await apply.getAttribute('aria-disabled'), 'true');
    await choose(desk, Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 1, 2, 0xff]));
    await until('what a workbook is told', async () => /save it as “?"?CSV/i.test(await desk.element.innerText()));
    assert.deepEqual(await sale.mapped('plan'), before);
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('maps, changes and removes one, with its history, and exports what an import takes', async () => {
    const desk = await open();
    const odd = desk.element.locator('.wap-billing-desk-unmapped li', { hasText: hostile });
    await desk.press(odd.getByRole('button', { name: 'Map' }));
    const billingId = desk.box().getByLabel('Billing id');
    await billingId.focus();
    const [offer] = sale.world.billing.state.offers;
    const option = desk.box().locator(`option[value="${offer?.id}"]`);
    await until('the offer by name', async () => (await option.textContent())?.startsWith(hostile));
    await desk.type(billingId, 'b-odd');
    await desk.press(desk.box().getByRole('button', { name: 'Save' }));
    await until('it is mapped', async () => (await sale.mapped('plan')).odd === 'b-odd');
    await desk.type(desk.filter('text'), 'onerror');
    await until('only that one', async () => (await desk.rows().count()) === 1);
    await desk.press(desk.rows().first().getByRole('button').first());
    await desk.press(desk.button('Edit'));
    await desk.type(desk.box().getByLabel('Billing id'), 'b-other');
    await desk.press(desk.box().getByLabel('Replace what is in its way'));
    await desk.press(desk.box().getByRole('button', { name: 'Save' }));
    await until('it is changed', async () => (await sale.mapped('plan')).odd === 'b-other');
    await until('the list says so', async () => /b-other/.test(await desk.rows().first().innerText()));
    await desk.press(desk.element.locator('.wap-billing-desk-details').getByRole('button', { name: 'History' }));
    await until('the history', async () => /b-odd → b-other/.test(await desk.element.innerText()));
    await desk.picture(`desk-mapping-${major}`);
    const downloading = desk.page.waitForEvent('download');
    await desk.press(desk.button('CSV'));
    const csv = readFileSync(await (await downloading).path(), 'utf8');
    assert.match(csv, /^\uFEFF?kind,wapId,billingId,name,note\r\nplan,odd,b-other,/);
    await desk.press(desk.element.locator('.wap-billing-desk-details').getByRole('button', { name: 'Remove' }));
    await desk.press(desk.box().getByRole('button', { name: 'Remove' }));
    await until('it is gone', async () => !('odd' in (await sale.mapped('plan'))));
    await desk.open('acts');
    await until('the history', async () => /removed a mapping[\s\S]*mapped/.test(await desk.element.innerText()));
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('loses no click to a list that is drawn anew while the button is down', async () => {
    const desk = await open();
    await desk.type(desk.filter('text'), 'w-7');
    await until('only that one', async () => (await desk.rows().count()) === 1);
    const opener = desk.rows().first().getByRole('button').first();
    await opener.hover();
    await desk.page.mouse.down();
    const answered = desk.page.waitForResponse(answer => answer.url().includes('/mapping?'));
    await map('w-other', 'b-other-2');
    await (await answered).finished();
    await desk.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 50)));
    await desk.page.mouse.up();
    await desk.button('Edit').waitFor();
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('shows a history whose answer comes after the list was drawn anew, and keeps it up to date', async () => {
    const desk = await open();
    await map('w-3', 'b-3-first');
    await desk.type(desk.filter('text'), 'b-3-first');
    await until('only that one', async () => (await desk.rows().count()) === 1);
    await desk.press(desk.rows().first().getByRole('button').first());
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    await desk.page.route(/mappingChanges/, async route => {
      await held;
      await route.continue();
    });
    await desk.press(desk.button('History'));
    const drawn = (billingId: string) =>
      until(`the list with ${billingId}`, async () => (await desk.rows().first().innerText()).includes(billingId));
    await map('w-3', 'b-3-first-2');
    await drawn('b-3-first-2');
    release();
    const history = desk.element.locator('.wap-billing-desk-history');
    await until('the history', async () => /b-3-first → b-3-first-2/.test((await history.allInnerTexts()).join()));
    await map('w-3', 'b-3-first-3');
    await drawn('b-3-first-3');
    await until('what came since', async () =>
      /b-3-first-2 → b-3-first-3/.test((await history.allInnerTexts()).join()),
    );
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('offers ids of both sides for a new entry, and says why where there are none', async () => {
    const desk = await open();
    await desk.press(desk.button('Add'));
    const field = (label: string) => desk.box().locator('.wap-billing-desk-field', { hasText: label });
    const says = (label: string, pattern: RegExp) =>
      until(`${label}: ${pattern}`, async () => pattern.test(await field(label).getByRole('status').innerText()));
    await field('Billing id').locator('input').focus();
    await says('Billing id', /^No suggestions for this kind/);
    await field('WAP id').locator('input').focus();
    await says('WAP id', /^No suggestions: there is nothing of this kind yet/);
    await desk.box().getByLabel('Kind').focus();
    await desk.choose(desk.box().getByLabel('Kind'), 'plan');
    assert.equal(await field('Billing id').getByRole('status').innerText(), '');
    await field('WAP id').locator('input').focus();
    await until('the plans', async () => (await field('WAP id').locator('option').count()) >= 31);
    assert.equal(await field('WAP id').getByRole('status').innerText(), '');
    await assertAccessible(desk.editor, '.wap-billing-desk-dialog');
    await desk.picture(`desk-mapping-add-${major}`);
    await desk.press(desk.box().getByRole('button', { name: 'Back' }));
    await desk.giveBackTo(editors);
  }).timeout(60_000);

  it('is readable in a narrow window, in Spanish and in the dark', async () => {
    for (const [name, options] of [
      ['spanish-narrow', { language: 'es-ES', width: 667 }],
      ['dark', { dark: true }],
    ] as const) {
      const desk = await open(options);
      await desk.assertAccessible();
      await desk.picture(`desk-mapping-${name}-${major}`);
      await desk.giveBackTo(editors);
    }
  }).timeout(120_000);
});
