import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { connections, startWapWorld } from '../nodes/wap-world';

const types = [
  'wap-plan-create',
  'wap-usage-poll',
  'wap-connection',
  'billing-state',
  'wap-workflow-start',
  'billing-propagation-check',
];
const state = { id: 'kept', type: 'billing-state', name: '', address: 'dialogs.sqlite' };
const place = { z: 'tab', x: 200, y: 100, wires: [] };
const poll = { ...place, type: 'wap-usage-poll', connection: '', state: 'kept' };

onEachMajor('dialogs', major => {
  let world: World | undefined;
  let browser: Browser | undefined;
  let editor: Editor;

  before(async function start() {
    this.timeout(180_000);
    world = await startWapWorld({ major });
    await world.deploy([
      { id: 'tab', type: 'tab', label: 'dialogs' },
      ...connections.filter(({ id }) => id === 'ok'),
      state,
      { ...poll, id: 'changed', maxOpen: '7' },
      { ...poll, id: 'preset' },
      { ...place, id: 'create', type: 'wap-plan-create', connection: 'ok' },
      { ...place, id: 'start', type: 'wap-workflow-start', state: 'kept' },
      { ...place, id: 'wait', type: 'billing-propagation-check', billing: 'b', wires: [['after'], []] },
      { ...place, id: 'after', type: 'billing-plan-create', billing: 'b' },
      { ...place, id: 'before', type: 'billing-plan-create', billing: 'other', wires: [['wait2']] },
      { ...place, id: 'wait2', type: 'billing-propagation-check', billing: 'other' },
      ...['b', 'other'].map(id => ({ id, type: 'billing-connection', name: id, provider: 'rest', target: id })),
    ]);
    browser = await openBrowser();
    editor = await openEditor(browser, world.nodeRed.url, { types });
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });
  afterEach(() => editor.assertNoPageErrors());

  const field = (name: string) => editor.page.locator(`#node-input-${name}`);
  const config = (name: string) => editor.page.locator(`#node-config-input-${name}`);
  const isUnfolded = () => editor.page.locator('.wap-billing-fold').evaluate(fold => fold.hasAttribute('open'));

  it('are folded, and unfolded where a value in the fold is not the preset', async () => {
    await editor.openDialog('preset');
    assert.equal(await isUnfolded(), false);
    await editor.cancelDialog();
    await editor.openDialog('changed');
    assert.equal(await isUnfolded(), true);
    await editor.cancelDialog();
  }).timeout(60_000);

  it('say of a required field that it is empty before it is touched, and no longer once it is filled', async () => {
    await editor.openDialog('create');
    const reason = editor.page.locator('#node-input-displayName-reason');
    assert.equal(await reason.innerText(), 'Enter a value, or choose where it comes from');
    const typed = editor.page.locator('#node-input-displayName + div input:visible').first();
    assert.match((await typed.getAttribute('aria-describedby')) ?? '', /displayName-reason/);
    await typed.pressSequentially('Gold');
    await reason.waitFor({ state: 'detached' });
    assert.equal(await typed.getAttribute('aria-describedby'), 'node-input-displayName-hint');
    await editor.cancelDialog();
  }).timeout(60_000);

  it('show the only connection there is as chosen, and a node that is dropped has it', async () => {
    await editor.openDialog('preset');
    assert.equal(await field('connection').inputValue(), 'ok');
    await editor.cancelDialog();
    const dropped = await editor.page.evaluate(() =>
      Reflect.get(window.RED.view.createNode('wap-plan-create', 300, 300).node, 'connection'),
    );
    assert.equal(dropped, 'ok');
  }).timeout(60_000);

  it('keep a node that is not saved as it came, and save the version of its settings with it', async () => {
    assert.deepEqual(await editor.held('preset', ['settingsVersion']), { settingsVersion: undefined });
    assert.equal(await editor.page.evaluate(() => window.RED.nodes.dirty()), false);
    await editor.openDialog('preset');
    await editor.saveDialog();
    assert.deepEqual(await editor.held('preset', ['settingsVersion', 'connection']), {
      settingsVersion: '1',
      connection: 'ok',
    });
  }).timeout(60_000);

  it('say of a wait for billing that nothing in the flows makes what it waits for', async () => {
    const note = editor.page.locator('.form-row:has(#node-input-billing) .wap-billing-note');
    await editor.openDialog('wait');
    assert.match(await note.innerText(), /^Nothing in these flows makes the offer .* import example 02/);
    await editor.cancelDialog();
    await editor.openDialog('wait2');
    assert.equal(await note.innerText(), '');
    await editor.cancelDialog();
  }).timeout(60_000);

  it('offer the commands of a workflow as words', async () => {
    await editor.openDialog('start');
    await editor.page.locator('#node-input-control + div .red-ui-typedInput-type-select').click();
    await editor.page.locator('.red-ui-typedInput-options:visible a', { hasText: 'choose' }).click();
    await editor.page.locator('#node-input-control + div .red-ui-typedInput-option-trigger').click();
    const words = await editor.page.locator('.red-ui-typedInput-options:visible a').allInnerTexts();
    assert.deepEqual(
      words.map(word => word.trim()),
      ['resume', 'restart', 'skip the failed step', 'cancel', 'forget', 'get one run', 'list'],
    );
    await editor.page.keyboard.press('Escape');
    await editor.cancelDialog();
  }).timeout(60_000);

  it('show a value from the environment by a switch, and save it as before', async () => {
    await editor.newConfiguration('wap-connection');
    const row = editor.page.locator('.form-row', { has: config('adminUrl') });
    assert.equal(await row.locator('select').inputValue(), 'env');
    assert.deepEqual(
      await row.locator('input:visible').evaluateAll(inputs => inputs.map(input => (input as HTMLInputElement).value)),
      ['WAP_ADMIN_URL', 'http://127.0.0.1:30004'],
    );
    await row.locator('.wap-billing-env-else input').fill('https://wap:30004');
    assert.equal(await config('adminUrl').inputValue(), '${WAP_ADMIN_URL:-https://wap:30004}');
    await row.locator('select').selectOption('here');
    assert.equal(await config('adminUrl').inputValue(), 'https://wap:30004');
    await editor.cancelDialog();
  }).timeout(60_000);

  it('test a connection part by part', async () => {
    await editor.openDialog('ok');
    await editor.page.click('#wap-billing-check');
    const lines = editor.page.locator('#wap-billing-check-result > div');
    await lines.nth(3).waitFor();
    assert.deepEqual((await lines.allInnerTexts()).map(text => text.replace(/\s+/g, ' ').trim()).slice(0, 2), [
      'Token It was given, with what is filled in above.',
      'Admin API It answered: 0 plans.',
    ]);
    assert.deepEqual(
      await lines.locator('i').evaluateAll(signs => signs.slice(0, 2).map(sign => sign.getAttribute('aria-label'))),
      ['works', 'works'],
    );
    await editor.picture(`connection-tested-${major}`);
    await editor.cancelDialog();
  }).timeout(60_000);
});
