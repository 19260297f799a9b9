import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type SaleWorld, startSale } from '../flows/sale-world';
import { openBrowser, pictureFolder } from '../harness/browser';
import { assertAccessible, DeskPage } from '../harness/desk';
import type { EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';

const html = '<img src=x onerror="document.title=1">';

onEachMajor('what waits for a person', major => {
  let sale: SaleWorld;
  let browser: Browser;
  let editors: Editors;

  before(async function start() {
    this.timeout(180_000);
    sale = await startSale(major, ['15 - Daily']);
    browser = await openBrowser();
    editors = new Editors(browser, sale.world.nodeRed, ['wap-workflow-wait']);
  });
  after(async () => {
    await browser?.close();
    await sale?.stop();
  });

  const open = async (options: EditorOptions = {}): Promise<DeskPage> => {
    const editor = await editors.take(options);
    return new DeskPage(editor);
  };

  it('is found from the overview and answered with the billing id, in at most 5 steps', async () => {
    await sale.order(`Amber ${html}`);
    const desk = await open();
    await desk.open('overview');
    await until('that somebody is asked', async () => /1 wait for an answer/.test(await desk.element.innerText()));
    await desk.press(desk.element.locator('.wap-billing-desk-wrong').getByRole('button', { name: 'Answer' }));
    await until('the question', async () => (await desk.rows().count()) === 1);
    await desk.press(desk.rows().first().getByRole('button').first());
    const details = desk.element.locator('.wap-billing-desk-details');
    await desk.picture(`desk-waiting-${major}`);
    await desk.assertAccessible();
    await desk.type(details.getByLabel('Billing id'), 'amber-1');
    await desk.press(details.getByRole('button', { name: 'Yes, it is there' }));
    const plan = await sale.published('plan', `Amber ${html}`);
    assert.deepEqual(await sale.mapped('plan'), { [plan.Id]: 'amber-1' });
    await until('nothing is asked any more', async () => (await desk.rows().count()) === 0);
    assert.ok(desk.steps <= 6, `${desk.steps} steps`); // one of them opens the sidebar
    assert.match(await desk.element.innerText(), /No run asks anything now/);
    await desk.open('runs');
    await desk.press(desk.rows().first().getByRole('button').first());
    await until('who answered what', async () => /Yes, it is there, by/.test(await details.innerText()));
    await desk.open('acts');
    await until('the history', async () => /answered[\s\S]*Amber <img/.test(await desk.rows().first().innerText()));
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('keeps what was filled in while something else is asked', async () => {
    await sale.order('Opal');
    const desk = await open();
    await desk.open('waiting');
    await until('the question', async () => (await desk.rows().count()) === 1);
    await desk.press(desk.rows().first().getByRole('button').first());
    const field = desk.element.locator('.wap-billing-desk-details').getByLabel('Billing id');
    await desk.type(field, 'half wr');
    await sale.order('Onyx');
    await until('another question', async () => (await desk.rows().count()) === 2);
    assert.equal(await field.inputValue(), 'half wr');
    await desk.press(desk.element.getByRole('button', { name: 'Yes, it is there' }));
    await until('one is left', async () => (await desk.rows().count()) === 1);
    await desk.press(desk.rows().first().getByRole('button').first());
    await desk.press(desk.element.getByRole('button', { name: 'Yes, it is there' }));
    await until('why not', async () =>
      /Billing id: fill it in/.test(await desk.page.locator('.red-ui-notification').innerText()),
    );
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  for (const [look, options] of [
    ['dark', { dark: true }],
    ['spanish-narrow', { language: 'es-ES', width: 667 }],
  ] as const) {
    it(`is readable and accessible (${look})`, async () => {
      const desk = await open(options);
      await desk.open('waiting');
      await desk.rows().first().waitFor();
      await desk.press(desk.rows().first().getByRole('button').first());
      await desk.element.locator('.wap-billing-desk-details textarea').waitFor();
      await desk.assertAccessible();
      await desk.picture(`desk-waiting-${look}-${major}`);
      await desk.giveBackTo(editors);
    }).timeout(60_000);
  }

  it('is answered by the link of an e-mail on a phone, which says then what was answered and by whom', async () => {
    await sale.order('Pearl');
    const link = await until('its link', () => linkIn(sale.world.messages('asked'), 'Pearl'));
    const page = await browser.newPage({ viewport: { width: 375, height: 700 } });
    const violations: string[] = [];
    page.on('console', message => violations.push(message.text()));
    await page.goto(link.replace('http://localhost:1880', sale.world.nodeRed.url));
    assert.equal(await page.locator('h1').innerText(), 'Is Pearl set up in billing?');
    const isWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(isWide, false);
    await page.getByLabel('Billing id').fill('pearl-7');
    await page.getByLabel('Your name').fill('Eva');
    await page.screenshot({ path: join(pictureFolder(), `answer-page-${major}.png`) });
    await page.getByRole('button', { name: 'Yes, it is there' }).click();
    await page.getByText('Eva answered “Yes, it is there”').waitFor();
    await page.screenshot({ path: join(pictureFolder(), `answered-page-${major}.png`) });
    await page.reload();
    await page.getByText('Eva answered “Yes, it is there”').waitFor();
    assert.deepEqual(violations, []);
    const plan = await sale.published('plan', 'Pearl');
    assert.equal((await sale.mapped('plan'))[plan.Id], 'pearl-7');
    await page.close();
  }).timeout(120_000);

  it('has an output for each answer: wires stay with their rows when others come and go', async () => {
    const { editor } = await open();
    const { page } = editor;
    const wait = sale.flows.find(({ type }) => type === 'wap-workflow-wait') ?? assert.fail('no such node');
    const before = wait.wires as string[][];
    await editor.openDialog(wait.id);
    await editor.picture(`wait-dialog-${major}`);
    await assertAccessible(editor, '#dialog-form .form-row');
    const choices = page.locator('#wap-billing-table-choices');
    const rows = choices.locator('input[data-column="choice"]');
    await rows.nth(0).fill('It is there'); // renamed
    await page.locator('.red-ui-editableList:has(#wap-billing-table-choices) .red-ui-editableList-addButton').click();
    await rows.nth(2).fill('Later');
    await editor.saveDialog();
    assert.deepEqual(await editor.invalid(), []);
    await editor.deploy();
    const after = await deployedWires(wait.id);
    assert.deepEqual(after, [before[0], before[1], [], before[2], before[3]]);
    await editor.openDialog(wait.id);
    await choices.locator('li').nth(0).locator('.red-ui-editableList-item-remove').click();
    await until('the row is gone', async () => (await rows.count()) === 2);
    await editor.saveDialog();
    await editor.deploy();
    assert.deepEqual(await deployedWires(wait.id), [before[1], [], before[2], before[3]]);
    await editors.giveBack(editor);
  }).timeout(120_000);

  /** As they are deployed; watchers of the test are wired to them too. */
  async function deployedWires(id: string): Promise<string[][]> {
    const known = new Set(sale.flows.map(node => node.id));
    const node = (await sale.world.nodeRed.flows()).find(each => each.id === id);
    return ((node?.wires ?? []) as string[][]).map(targets => targets.filter(target => known.has(target)));
  }
});

/** What an e-mail node would get. */
function linkIn(messages: Array<Record<string, unknown>>, key: string): string | null {
  const mail = messages.map(({ payload }) => String(payload)).find(text => text.includes(`Run: ${key}\n`));
  return mail === undefined ? null : (/http:\S+/.exec(mail)?.[0] ?? null);
}
