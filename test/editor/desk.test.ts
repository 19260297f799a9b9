import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { systemClock } from '../../lib/async/clock';
import { noteAct } from '../../lib/desk/acts';
import { acquireStore } from '../../lib/state/open';
import { openBrowser } from '../harness/browser';
import { DeskPage } from '../harness/desk';
import type { EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { type NodeRed, startNodeRed } from '../harness/node-red';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';
import { state } from '../nodes/state-world';

const hostile = '<img src=x onerror="document.title=1">';

/** A state file in which somebody was busy: 120 acts, the last one on something with HTML in its name. */
async function usedState(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'wap-billing-desk-'));
  const file = join(folder, 'state.sqlite');
  const { store, release } = await acquireStore(file, folder, systemClock, () => undefined);
  for (let each = 1; each <= 120; each++) {
    const subject = each === 120 ? hostile : `act ${each}`;
    await noteAct(store, { at: Date.now() - 1000, who: 'ops', what: 'x', subject, count: 1234, why: '' });
  }
  await release();
  return file;
}

onEachMajor('the desk', major => {
  let nodeRed: NodeRed | undefined;
  let browser: Browser | undefined;
  let editors: Editors | undefined;
  let file = '';

  before(async function start() {
    this.timeout(180_000);
    file = await usedState();
    const flows = [{ id: 'tab', type: 'tab', label: 'desk' }, state('state', { name: 'Books', address: file })];
    nodeRed = await startNodeRed({ major, flows });
    browser = await openBrowser();
    editors = new Editors(browser, nodeRed, ['wap-usage-poll']);
  });
  after(async () => {
    await browser?.close();
    await nodeRed?.stop();
  });

  async function open(options: EditorOptions = {}) {
    if (!editors) throw new Error('not started');
    const editor = await editors.take(options);
    const desk = new DeskPage(editor);
    await desk.open('acts');
    await until('the list', async () => (await desk.rows().count()) > 0);
    return desk;
  }

  for (const [name, options] of [
    ['light', {}],
    ['dark', { dark: true }],
    ['spanish-narrow', { language: 'es-ES', width: 667 }],
  ] as const)
    it(`is readable and accessible (${name}), and shows names as text`, async () => {
      const desk = await open(options);
      assert.match(await desk.rows().first().innerText(), /<img src=x/);
      assert.equal(await desk.page.title().then(title => title === '1'), false);
      await desk.picture(`desk-${name}-${major}`);
      await desk.assertAccessible();
      desk.editor.assertNoPageErrors();
      await editors?.giveBack(desk.editor);
    }).timeout(60_000);

  it('reads a long list page by page, keeps its place, and opens wide', async () => {
    const desk = await open();
    assert.equal(await desk.rows().count(), 50);
    await desk.press(desk.button('Show more'));
    await until('the second page', async () => (await desk.rows().count()) === 100);
    await desk.press(desk.page.getByRole('button', { name: 'Wide' }));
    await desk.page.locator('.red-ui-tray .wap-billing-desk').waitFor();
    assert.equal(await desk.rows().count(), 100);
    await desk.picture(`desk-wide-${major}`);
    await desk.press(desk.page.locator('#wap-billing-desk-close'));
    await until('it is back', async () => (await desk.page.locator('.red-ui-tray .wap-billing-desk').count()) === 0);
    assert.equal(await desk.rows().count(), 100);
    desk.editor.assertNoPageErrors();
    await desk.editor.close();
  }).timeout(60_000);

  it('asks nothing while it is hidden', async () => {
    const desk = await open();
    await desk.page.evaluate(() => window.RED.actions.invoke('core:toggle-sidebar'));
    await desk.element.waitFor({ state: 'hidden' });
    const asked: string[] = [];
    desk.page.on('request', request => asked.push(request.url()));
    await desk.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await desk.page.evaluate(() => fetch('settings').then(() => undefined));
    assert.deepEqual(
      asked.filter(url => url.includes('wap-billing/desk')),
      [],
    );
    await desk.editor.close();
  }).timeout(60_000);
});
