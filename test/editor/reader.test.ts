import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser';
import { openEditor } from '../harness/editor';
import { type NodeRed, startNodeRed } from '../harness/node-red';
import { onlyReaders } from '../harness/reader';
import { onEachMajor } from '../harness/repository';

onEachMajor('the dialogs, for who may only read', major => {
  let nodeRed: NodeRed | undefined;
  let browser: Browser | undefined;

  before(async function start() {
    this.timeout(180_000);
    nodeRed = await startNodeRed({ major, settings: onlyReaders });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await nodeRed?.stop();
  });

  it('say why a connection cannot be tested', async () => {
    if (!browser || !nodeRed) throw new Error('not started');
    const editor = await openEditor(browser, nodeRed.url, { types: ['wap-connection'] });
    await editor.newConfiguration('wap-connection');
    await editor.page.locator('#wap-billing-check').click();
    await editor.page.waitForSelector('.wap-billing-failed');
    const said = await editor.page.locator('#wap-billing-check-result').textContent();
    assert.match(said ?? '', /may only read/);
    await editor.close();
  });
});
