import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { onEachMajor } from '../harness/repository';
import type { World } from '../harness/world';
import { nodesOf } from '../nodes/bench';
import { connections, startWapWorld } from '../nodes/wap-world';

const common = { connection: 'ok', mode: 'one', kind: 'plan', kindType: 'str' };
const flows = [
  { id: 'tab', type: 'tab', label: 'dialogs' },
  ...connections,
  ...nodesOf('wap-plan-get', { reader: { ...common, planId: '', planIdType: 'str' } }, { outputs: 2 }),
  ...nodesOf('wap-plan-configure', { configurer: { ...common, services: '[{"name":"","instanceId":""}]' } }),
  ...nodesOf('wap-plan-get', { offline: { ...common, connection: 'nobody', planId: '', planIdType: 'str' } }),
];

onEachMajor('suggestions in the dialogs', major => {
  let world: World | undefined;
  let browser: Browser | undefined;
  let editor: Editor;

  before(async function start() {
    this.timeout(180_000);
    world = await startWapWorld({ major });
    world.wap.seed({
      plans: [
        { Id: 'gold-id', DisplayName: 'Gold' },
        { Id: 'silver-id', DisplayName: '<b>Silver</b>' },
      ],
      addons: [{ Id: 'golden-id', DisplayName: 'Golden add-on' }],
    });
    await world.deploy(flows);
    browser = await openBrowser();
    editor = await openEditor(browser, world.nodeRed.url, { types: ['wap-plan-get', 'wap-plan-configure'] });
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });
  afterEach(() => editor.assertNoPageErrors());

  const offered = () => editor.page.locator('.red-ui-autoComplete-container:visible li');
  const typedInto = (field: string) =>
    editor.page
      .locator(`#node-input-${field}`)
      .locator('xpath=following-sibling::div')
      .locator('input:visible')
      .first();
  const saved = (id: string, property: string) =>
    editor.page.evaluate(
      ([node, name]) => (window.RED.nodes.node(node ?? '') as Record<string, unknown> | null)?.[name ?? ''],
      [id, property],
    );

  it('offers plans of the chosen kind for an id, and saves the one that is chosen', async () => {
    await editor.openDialog('reader');
    await typedInto('planId').pressSequentially('gol');
    await offered().first().waitFor();
    assert.deepEqual(await offered().allInnerTexts(), ['Gold · gold-id']);
    await editor.picture(`suggestions-${major}`);
    await offered().first().click();
    await editor.saveDialog();
    assert.equal(await saved('reader', 'planId'), 'gold-id');
  });

  it('shows names as text and saves what Enter takes from the list', async () => {
    await editor.openDialog('reader');
    await typedInto('planId').fill('');
    await typedInto('planId').pressSequentially('silv');
    await offered().first().waitFor();
    assert.deepEqual(await offered().allInnerTexts(), ['<b>Silver</b> · silver-id']);
    await typedInto('planId').press('Enter');
    await editor.saveDialog();
    assert.equal(await saved('reader', 'planId'), 'silver-id');
  });

  it('offers services in a row of a table', async () => {
    await editor.openDialog('configurer');
    const cell = editor.page.locator('[data-column="name"]').first();
    await cell.pressSequentially('sql');
    await offered().first().waitFor();
    assert.deepEqual(await offered().allInnerTexts(), ['sqlservers · SQL Servers', 'mysqlservers · MySQL Servers']);
    await editor.picture(`suggestions-row-${major}`);
    await cell.press('Enter');
    await editor.saveDialog();
    assert.deepEqual(JSON.parse(String(await saved('configurer', 'services'))), [
      { name: 'sqlservers', instanceId: '' },
    ]);
  });

  it('stays a free text when WAP cannot be reached', async () => {
    await editor.openDialog('offline');
    await typedInto('planId').pressSequentially('anything');
    await editor.saveDialog();
    assert.deepEqual([await saved('offline', 'planId'), await offered().count()], ['anything', 0]);
  });
});
