import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { startNodeRed } from '../harness/node-red';
import { palette, uploadPackage } from '../harness/palette';
import { engine, oldestNodeRed, onEachMajor } from '../harness/repository';
import { installedPackage } from '../harness/tarball';

const latencies = [0, 20, 100];

onEachMajor('installed from the palette manager into open editors', major => {
  let browser: Browser | undefined;

  before(async function start() {
    this.timeout(180_000);
    browser = await openBrowser();
  });
  after(() => browser?.close());

  const engines = { newest: () => engine(major), ...(major === 4 ? { '4.1.0': oldestNodeRed } : {}) };
  for (const [which, find] of Object.entries(engines)) {
    it(`the nodes are there, and their dialogs open, whatever the latency (${which})`, async function install() {
      this.timeout(300_000);
      if (!browser) throw new Error('not started');
      const nodeRed = await startNodeRed({ major, engine: find(), empty: true, settings: palette, env: offline });
      const editors: Editor[] = [];
      try {
        for (const latencyMs of latencies) editors.push(await openEditor(browser, nodeRed.url, { latencyMs }));
        await uploadPackage(nodeRed);
        for (const editor of editors) await checkAll(editor);
      } finally {
        for (const editor of editors) await editor.close();
        await nodeRed.stop();
      }
    });
  }
});

/** The package's dependencies were installed before, with the package. */
const offline = { npm_config_prefer_offline: 'true' };

async function checkAll(editor: Editor): Promise<void> {
  const types = Object.keys(installedPackage().manifest['node-red']?.nodes ?? {});
  await editor.page.waitForFunction(names => names.every(name => Boolean(window.RED.nodes.getType(name))), types, {
    timeout: 30_000,
  });
  await editor.newConfiguration('wap-connection');
  // A text of the node's own catalogue, and one that all dialogs share.
  await editor.page.waitForSelector('label:has-text("Admin API")');
  const source = editor.page.locator('#wap-billing-password-source');
  assert.deepEqual(await source.locator('option').allTextContents(), ['stored here', 'environment']);
  editor.assertNoPageErrors();
}
