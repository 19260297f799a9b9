import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { examples } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { installedPackage } from '../harness/tarball';
import { startWorld, type World } from '../harness/world';

onEachMajor('in the editor', major => {
  let world: World | undefined;
  let browser: Browser | undefined;
  let editor: Editor;
  let types: string[];

  before(async function start() {
    this.timeout(180_000);
    types = Object.keys(installedPackage().manifest['node-red']?.nodes ?? {});
    world = await startWorld({ major });
    browser = await openBrowser();
    editor = await openEditor(browser, world.nodeRed.url, { types });
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });
  afterEach(() => editor.assertNoPageErrors());

  for (const { name } of examples()) {
    it(`imports the example "${name}" with every node valid`, async function importIt() {
      this.timeout(60_000);
      await editor.importExample(installedPackage().manifest.name, [name]);
      assert.deepEqual(await editor.invalid(), []);
      await editor.showLastTab();
      await editor.picture(`example-${name.slice(0, 2)}-${major}`);
    });
  }

  it('opens and saves the dialog of every node, with help to each', async function dialogs() {
    this.timeout(180_000);
    for (const type of types) {
      const [id] = await editor.idsOf(type);
      assert.ok(id, `no example brought a ${type}`);
      await editor.openDialog(id);
      await editor.picture(`dialog-${type}-${major}`);
      await editor.saveDialog();
      assert.ok((await editor.help(type)).length > 100, `${type} has no help`);
      editor.assertNoPageErrors();
    }
    assert.deepEqual(await editor.invalid(), []);
  });

  it('deploys what was imported', async function deploys() {
    this.timeout(60_000);
    await editor.deploy();
    const deployed = await world?.nodeRed.flows();
    assert.ok(types.every(type => deployed?.some(node => node.type === type)));
  });
});
