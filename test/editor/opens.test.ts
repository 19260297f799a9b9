import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser';
import { openEditor } from '../harness/editor';
import { type NodeRed, startNodeRed } from '../harness/node-red';
import { onEachMajor } from '../harness/repository';
import { usualTheme } from '../harness/settings';
import { installedPackage } from '../harness/tarball';

onEachMajor('the editor', major => {
  let nodeRed: NodeRed | undefined;
  let browser: Browser | undefined;

  before(async function start() {
    this.timeout(180_000);
    nodeRed = await startNodeRed({ major, settings: { editorTheme: usualTheme } });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await nodeRed?.stop();
  });

  it('opens with every node of the package in its palette and no error', async function open() {
    this.timeout(60_000);
    if (!browser || !nodeRed) throw new Error('not started');
    const types = Object.keys(installedPackage().manifest['node-red']?.nodes ?? {});
    const editor = await openEditor(browser, nodeRed.url, { types, isMoving: true });
    await editor.picture(`editor-${major}`);
    editor.assertNoPageErrors();
    await editor.close();
  });
});
