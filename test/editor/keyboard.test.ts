import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type SaleWorld, startSale } from '../flows/sale-world';
import { openBrowser } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { examples } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { installedPackage } from '../harness/tarball';
import { fieldsOf, inVisualOrder, walk } from './tab-walk';

onEachMajor('by the keyboard alone', major => {
  let sale: SaleWorld | undefined;
  let browser: Browser | undefined;
  let editor: Editor;
  const types = Object.keys(installedPackage().manifest['node-red']?.nodes ?? {});

  before(async function start() {
    this.timeout(180_000);
    const names = examples().map(({ name }) => name);
    sale = await startSale(major, names, { env: { WAP_POLL_SECONDS: '3600' }, probes: false });
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
      assert.deepEqual(inVisualOrder(stops), []);
    });
  }
});
