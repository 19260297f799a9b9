import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type SaleWorld, startSale } from '../flows/sale-world';
import type { FlowNode } from '../harness/admin-api';
import { openBrowser } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { examples } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { installedPackage } from '../harness/tarball';
import { fieldsOf, outOfOrder, walk, walkTo } from './tab-walk';

/** Every table of the dialogs, with what is typed into the cells of a new row. */
const tables: Array<[type: string, table: string, typed: string[]]> = [
  ['billing-usage-meter', 'rules', ['Fabrikam', 'Backup', '*', 'ProtectedItems', 'items', 'item', '1', 'max', '']],
  ['wap-price-in', 'table', ['Gold Hosting', '19.90 EUR']],
  ['wap-plan-configure', 'services', ['mysqlservers', 'an-instance']],
  ['wap-plan-configure', 'links', ['Extra Database']],
  ['wap-plan-configure', 'advertisements', ['es-es', 'Alojamiento', 'Diez bases de datos']],
];

/** Rules are alike: a few of the preset ones stand for all two hundred fields. */
const withFewRules = (node: FlowNode): FlowNode =>
  node.type === 'billing-usage-meter'
    ? { ...node, rules: JSON.stringify(JSON.parse(String(node.rules)).slice(0, 2)) }
    : node;

onEachMajor('by the keyboard alone', major => {
  let sale: SaleWorld | undefined;
  let browser: Browser | undefined;
  let editor: Editor;
  const types = Object.keys(installedPackage().manifest['node-red']?.nodes ?? {});

  before(async function start() {
    this.timeout(180_000);
    const names = examples().map(({ name }) => name);
    sale = await startSale(major, names, { env: { WAP_POLL_SECONDS: '3600' }, probes: false, tune: withFewRules });
    browser = await openBrowser();
    editor = await openEditor(browser, sale.world.nodeRed.url, { types });
  });
  after(async () => {
    await browser?.close();
    await sale?.stop();
  });
  afterEach(async () => {
    await editor.cancelDialog();
    editor.assertNoPageErrors();
  });

  const open = async (type: string) => {
    const [id] = await editor.idsOf(type);
    assert.ok(id, `no example brought a ${type}`);
    await editor.openDialog(id);
  };
  const key = (name: string) => editor.page.keyboard.press(name);

  for (const type of types) {
    it(`${type}: Tab goes through the fields as one reads them, and each has a name`, async () => {
      await open(type);
      const fields = await fieldsOf(editor.page);
      assert.deepEqual(
        fields.filter(({ label }) => label === '').map(({ field }) => field),
        [],
        'fields without a label',
      );
      const stops = await walk(editor.page);
      const visited = new Set(stops.map(({ field }) => field));
      const visible = fields.filter(field => field.visible).map(({ field }) => field);
      assert.deepEqual(
        visible.filter(field => !visited.has(field)),
        [],
        'fields that Tab does not reach',
      );
      assert.deepEqual(outOfOrder(stops), []);
    });
  }

  for (const [type, table, typed] of tables) {
    it(`${type}: a row of ${table} is added, filled and removed`, async () => {
      await open(type);
      const list = editor.page.locator(`#wap-billing-table-${table}`);
      const saved = async () => JSON.parse(await editor.page.locator(`#node-input-${table}`).inputValue());
      const before = await saved();
      await walkTo(editor.page, stop => stop.button === 'add' && stop.table === table);
      await key('Enter');
      for (const text of typed) {
        await editor.page.keyboard.type(text);
        await key('Tab');
      }
      const rows = await saved();
      assert.equal(rows.length, before.length + 1);
      assert.deepEqual(
        Object.values(rows.at(-1)).map(text => String(text).toLowerCase()),
        typed.map(text => text.toLowerCase()),
      );
      await key('Enter'); // the button that removes the row follows its last cell
      await editor.page.waitForFunction(([id, count]) => document.querySelectorAll(`#${id} > li`).length === count, [
        `wap-billing-table-${table}`,
        before.length,
      ] as const);
      assert.deepEqual(await saved(), rows.slice(0, -1));
      const inside = await list.evaluate(element =>
        element.parentElement?.parentElement?.contains(document.activeElement),
      );
      assert.ok(inside, 'the focus is lost');
    });
  }

  it('billing-connection: a template is unfolded and changed', async () => {
    await open('billing-connection');
    await walkTo(editor.page, ({ field }) => field.startsWith('summary')); // all of them are folded away in one
    await key('Enter');
    await walkTo(editor.page, ({ field }) => field === 'summary create');
    await key('Enter');
    await walkTo(editor.page, ({ field }) => field.includes('template-create-path'));
    await editor.page.keyboard.type('/v2');
    const templates = await editor.page.locator('#node-config-input-templates').inputValue();
    assert.match(templates, /\/v2/);
  });
});
