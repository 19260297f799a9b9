import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser, pictureFolder } from '../harness/browser';
import { assertAccessible } from '../harness/desk';
import type { Editor, EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';
import type { World } from '../harness/world';
import { nodesOf } from '../nodes/bench';
import { state } from '../nodes/state-world';
import { connections, startWapWorld } from '../nodes/wap-world';

const usageConnection = {
  usageUrl: '${WAP_USAGE_URL}',
  usageUser: '${WAP_USAGE_USER}',
  usagePasswordEnv: 'WAP_USAGE_PASSWORD',
  // Some 50 calls, on a machine that may be busy.
  ...{ attemptSeconds: '20', totalSeconds: '60' },
};
const flows = [
  { id: 'tab', type: 'tab', label: 'meter' },
  state('state'),
  ...connections.map(node => (node.id === 'ok' ? { ...node, ...usageConnection } : node)),
  ...nodesOf('billing-usage-meter', { meter: { connection: 'ok', state: 'state' } }, { outputs: 3 }),
];

const record = {
  ...{
    EventId: 7,
    ExternalRecordId: 'x',
    ResourceId: '<b>r</b>',
    ProviderName: 'mysqlservers',
    ServiceType: 'Default',
  },
  ...{ StartTime: '2026-03-01T10:00:00', EndTime: '2026-03-01T11:00:00', SubscriptionId: 's', Properties: null },
  Resources: { DatabaseCount: '2', Sold: '1', TotalAllottedSpace: '-3' },
};

onEachMajor('the dialog of the meter', major => {
  let world: World;
  let browser: Browser;
  let editors: Editors;

  before(async function start() {
    this.timeout(180_000);
    world = await startWapWorld({ major });
    // WAP deletes what is older than 40 days.
    const now = Date.now(); // read once: a millisecond more or less would be billed
    const ago = (ms: number) => new Date(now - ms).toISOString().slice(0, -1);
    const [StartTime, EndTime] = [ago(7_200_000), ago(3_600_000)];
    world.wap.seed({ usage: [{ ...record, StartTime, EndTime, ResourceId: null, ProviderName: 'sqlservers' }] });
    await world.deploy(flows);
    browser = await openBrowser();
    editors = new Editors(browser, world.nodeRed, ['billing-usage-meter']);
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  async function open(options: EditorOptions = {}): Promise<Editor> {
    const editor = await editors.take(options);
    await editor.openDialog('meter');
    return editor;
  }
  const close = async (editor: Editor) => {
    await editor.cancelDialog();
    editor.assertNoPageErrors();
    await editors.giveBack(editor);
  };
  const rows = ({ page }: Editor) => page.locator('#wap-billing-table-rules > li:visible');
  const tested = ({ page }: Editor) => page.locator('#wap-billing-meter-try tbody tr');

  for (const [name, options] of [
    ['light', {}],
    ['dark', { dark: true }],
    ['spanish-narrow', { language: 'es-ES', width: 667 }],
  ] as const)
    it(`shows several rules, cuts nothing off, and is accessible (${name})`, async () => {
      const editor = await open(options);
      const { page } = editor;
      await page
        .locator('.red-ui-tray')
        .last()
        .screenshot({ path: join(pictureFolder(), `meter-${name}-${major}.png`) });
      const cut = await page.locator('#dialog-form').evaluate(form => {
        const inputs = [...form.querySelectorAll<HTMLInputElement>('[data-column]:not(select)')];
        return inputs.filter(input => input.scrollWidth > input.clientWidth).map(({ value }) => value);
      });
      if (!('width' in options)) assert.deepEqual(cut, []);
      const widths = await rows(editor)
        .first()
        .locator('[data-column]')
        .evaluateAll(cells => cells.map(cell => cell.getBoundingClientRect().width));
      assert.ok(Math.min(...widths) >= 90, `cells are ${widths} wide`);
      const box = await page.locator('.red-ui-editableList-container:has(#wap-billing-table-rules)').boundingBox();
      const line = await rows(editor).first().boundingBox();
      assert.ok(box && line && box.height > 1.2 * line.height, 'a single rule is shown');
      await page.locator('#wap-billing-meter-try summary').click();
      await page.locator('#wap-billing-meter-try textarea').fill(JSON.stringify(record));
      await page.locator('#wap-billing-meter-try button').last().click();
      await tested(editor).first().waitFor();
      await page.locator('#wap-billing-meter-try').scrollIntoViewIfNeeded();
      await page
        .locator('.red-ui-tray')
        .last()
        .screenshot({ path: join(pictureFolder(), `meter-try-${name}-${major}.png`) });
      await assertAccessible(editor, '#wap-billing-meter-try');
      await assertAccessible(editor, '.form-row:has(#wap-billing-table-rules)');
      await close(editor);
    }).timeout(60_000);

  it('finds rules by any of their words, and saves all of them', async () => {
    const editor = await open();
    const all = await rows(editor).count();
    await editor.page.locator('.wap-billing-table-filter input').fill('webSPACES');
    await until('the rules of web sites', async () => (await rows(editor).count()) === 7);
    assert.equal(await editor.page.locator('.wap-billing-table-filter [role=status]').innerText(), `7 of ${all} rows`);
    await rows(editor).first().locator('[data-column=unit]').fill('GB');
    await editor.saveDialog();
    const { rules } = await editor.held('meter', ['rules']);
    const saved = JSON.parse(String(rules)) as Array<Record<string, string>>;
    assert.equal(saved.length, all);
    assert.equal(saved.filter(({ unit }) => unit === 'GB').length, 1);
    editor.assertNoPageErrors();
    await editor.close();
  }).timeout(60_000);

  it('offers units, metrics and the services of WAP', async () => {
    const editor = await open();
    const listed = (column: string) =>
      editor.page
        .locator(`#wap-billing-rules-${column} option`)
        .evaluateAll(found => found.map(each => (each as HTMLOptionElement).value));
    await until('the services of WAP', async () => (await listed('provider')).length > 4);
    assert.ok((await listed('unit')).includes('core-hours'));
    assert.ok((await listed('metric')).includes('DatabaseCount'));
    assert.equal(
      await rows(editor).first().locator('[data-column=unit]').getAttribute('list'),
      'wap-billing-rules-unit',
    );
    await close(editor);
  }).timeout(60_000);

  it('shows what becomes of a pasted record and of one that WAP has, as the rules stand', async () => {
    const editor = await open();
    const { page } = editor;
    await page.locator('#wap-billing-meter-try summary').click();
    const button = (name: string) => page.locator('#wap-billing-meter-try').getByRole('button', { name });
    await button('Test').click();
    assert.match(await page.locator('#wap-billing-meter-try [role=status]').innerText(), /no usage record/);
    await page.locator('#wap-billing-meter-try textarea').fill(JSON.stringify(record));
    await button('Test').click();
    const texts = () =>
      tested(editor).evaluateAll(found => found.map(row => (row as HTMLElement).innerText.split('\t').at(-1)));
    assert.deepEqual(await texts(), [
      'mysql-databases: 2 database-hours',
      'unknown meter, second output',
      'not billed, third output: it is negative',
    ]);
    assert.match(await page.locator('#wap-billing-meter-try h4').innerText(), /<b>r<\/b>/);
    const factor = rows(editor).nth(1).locator('[data-column=factor]');
    await factor.fill('0.5');
    await until('the new factor', async () => (await texts())[0] === 'mysql-databases: 1 database-hours');
    await button('A record that WAP has now').click();
    await until('the record of WAP', async () => (await texts())[0] === 'sql-databases: 2 database-hours');
    await close(editor);
  }).timeout(60_000);
});
