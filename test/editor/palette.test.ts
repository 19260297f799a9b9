import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../harness/browser';
import type { Editor, EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { type NodeRed, startNodeRed } from '../harness/node-red';
import { onEachMajor } from '../harness/repository';

/** Groups of the palette with the labels of their nodes, line by line as drawn. */
function groups(page: Page): Promise<Record<string, string[]>> {
  return page.evaluate(() => {
    const found: Record<string, string[]> = {};
    for (const node of document.querySelectorAll('.red-ui-palette-node[data-palette-type]')) {
      const type = node.getAttribute('data-palette-type') ?? '';
      if (!/^(wap|billing|mapping)-/.test(type)) continue;
      const title = node.closest('.red-ui-palette-category')?.querySelector('.red-ui-palette-header span')?.textContent;
      const label = node.querySelector('.red-ui-palette-label')?.innerHTML ?? '';
      found[title ?? ''] = [...(found[title ?? ''] ?? []), label];
    }
    return found;
  });
}

/** Types something into the palette's filter and waits until it shows one node and hides another. */
async function filter(page: Page, text: string, shown: string, hidden: string): Promise<void> {
  const box = page.locator('#red-ui-palette-search input').first();
  await box.fill('');
  await box.pressSequentially(text);
  await page.waitForFunction(
    types => {
      const [isShown, isHidden] = types.map(type =>
        document.querySelector(`.red-ui-palette-node[data-palette-type="${type}"]`)?.hasAttribute('data-filter'),
      );
      return isShown === false && isHidden === true;
    },
    [shown, hidden],
    { timeout: 10_000 },
  );
}

onEachMajor('the palette', major => {
  let nodeRed: NodeRed | undefined;
  let browser: Browser | undefined;
  let editors: Editors | undefined;
  before(async function start() {
    this.timeout(180_000);
    nodeRed = await startNodeRed({ major });
    browser = await openBrowser();
    editors = new Editors(browser, nodeRed, ['wap-workflow-start', 'wap-response']);
  });
  after(async () => {
    await browser?.close();
    await nodeRed?.stop();
  });

  async function open(options: EditorOptions = {}): Promise<Editor> {
    if (!editors) throw new Error('not started');
    return editors.take(options);
  }

  for (const [name, options, titles] of [
    ['light', {}, ['Billing', 'WAP', 'WAP feeds', 'WAP workflow']],
    [
      'dark-spanish',
      { dark: true, language: 'es-ES' },
      ['Facturación', 'Flujo de trabajo WAP', 'Lecturas de WAP', 'WAP'],
    ],
  ] as const)
    it(`has four groups with names, and no label breaks inside a word (${name})`, async () => {
      const editor = await open(options);
      const found = await groups(editor.page);
      assert.deepEqual(Object.keys(found).sort(), titles);
      const labels = Object.values(found).flat();
      assert.equal(labels.length, 28);
      // A line that was filled up ends at a space; a word that was cut has none before the break.
      assert.deepEqual(
        labels.filter(label => /\S<br>\S/.test(label)),
        [],
      );
      await editor.page.locator('#red-ui-palette-container-wap_plans').scrollIntoViewIfNeeded();
      await editor.picture(`palette-${name}-${major}`);
      editor.assertNoPageErrors();
      await editors?.giveBack(editor);
    }).timeout(60_000);

  it('finds nodes by words that people know: azure, tenant, quota, invoice', async () => {
    const editor = await open();
    await filter(editor.page, 'azure', 'wap-plan-create', 'billing-usage-send');
    await filter(editor.page, 'tenant', 'wap-subscription', 'wap-plan-create');
    await filter(editor.page, 'quota', 'wap-plan-configure', 'wap-subscription');
    await filter(editor.page, 'invoice', 'billing-usage-send', 'wap-plan-configure');
    await editor.close();
  }).timeout(60_000);
});
