import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { openBrowser } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';
import type { World } from '../harness/world';
import { nodesOf } from '../nodes/bench';
import { connections, startWapWorld } from '../nodes/wap-world';

const common = { connection: 'ok', mode: 'one', kind: 'plan', kindType: 'str' };
const subscription = '7f1d4d70-0000-4000-8000-000000000001';
const flows = [
  { id: 'tab', type: 'tab', label: 'dialogs' },
  ...connections,
  ...nodesOf('wap-plan-get', { reader: { ...common, planId: '', planIdType: 'str' } }, { outputs: 2 }),
  ...nodesOf('wap-plan-configure', { configurer: { ...common, services: '[{"name":"","instanceId":""}]' } }),
  { id: 'kept', type: 'billing-state', name: '', address: 'suggestions.sqlite' },
  ...nodesOf('wap-subscription', {
    subscriber: { ...common, operation: 'get', subscriptionId: '', subscriptionIdType: 'str' },
  }),
  ...nodesOf('wap-plan-publish', { publisher: { ...common, planId: '', planIdType: 'str' } }),
  ...nodesOf('wap-workflow-start', {
    starter: { state: 'kept', workflowName: 'sale', run: '', runType: 'str', control: 'control', controlType: 'msg' },
  }),
  ...nodesOf('wap-plan-get', { undeployed: { ...common, planId: '', planIdType: 'str' } }),
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
      subscriptions: [
        {
          ...{ SubscriptionID: subscription, SubscriptionName: 'Web shop', PlanId: 'gold-id' },
          AccountAdminLiveEmailId: 'ana@example.com',
        },
        { SubscriptionName: 'Other', PlanId: 'gold-id', AccountAdminLiveEmailId: 'leo@example.com' },
      ],
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
  /** The list follows the typing, so it is waited for. */
  const offers = (wanted: string[]) =>
    until(`the offer of ${wanted.join(', ')}`, async () => {
      assert.deepEqual(await offered().allInnerTexts(), wanted);
      return true;
    });
  const typedInto = (field: string) =>
    editor.page
      .locator(`#node-input-${field}`)
      .locator('xpath=following-sibling::div')
      .locator('input:visible')
      .first();
  /** Key by key; from the start again when the dialog, still opening, took the focus away meanwhile. */
  const type = (field: Locator, text: string) =>
    until(`"${text}" typed`, async () => {
      await field.fill('');
      await field.pressSequentially(text);
      return (await field.inputValue()) === text;
    });
  const saved = (id: string, property: string) =>
    editor.page.evaluate(
      ([node, name]) => (window.RED.nodes.node(node ?? '') as Record<string, unknown> | null)?.[name ?? ''],
      [id, property],
    );

  it('offers plans of the chosen kind for an id, and saves the one that is chosen', async () => {
    await editor.openDialog('reader');
    await type(typedInto('planId'), 'gol');
    await offers(['Gold · gold-id']);
    await editor.picture(`suggestions-${major}`);
    await offered().first().click();
    await editor.saveDialog();
    assert.equal(await saved('reader', 'planId'), 'gold-id');
  }).timeout(60_000);

  it('shows names as text and saves what Enter takes from the list', async () => {
    await editor.openDialog('reader');
    await type(typedInto('planId'), 'silv');
    await offers(['<b>Silver</b> · silver-id']);
    await typedInto('planId').press('Enter');
    await editor.saveDialog();
    assert.equal(await saved('reader', 'planId'), 'silver-id');
  }).timeout(60_000);

  it('offers services in a row of a table', async () => {
    await editor.openDialog('configurer');
    const cell = editor.page.locator('[data-column="name"]').first();
    await type(cell, 'sql');
    await offers(['sqlservers · SQL Servers', 'mysqlservers · MySQL Servers']);
    await editor.picture(`suggestions-row-${major}`);
    await cell.press('Enter');
    await editor.saveDialog();
    assert.deepEqual(JSON.parse(String(await saved('configurer', 'services'))), [
      { name: 'sqlservers', instanceId: '' },
    ]);
  }).timeout(60_000);

  const note = () => editor.page.locator('.wap-billing-note:visible');
  const says = (wanted: RegExp) =>
    until(`the note ${wanted}`, async () => {
      assert.match((await note().allInnerTexts()).join(), wanted);
      return true;
    });

  it('offers subscriptions by the name of their user, whom WAP searches for', async () => {
    const searched = editor.page.waitForRequest(/choices\/wap-connection\/ok\/subscription\?text=ana$/);
    await editor.openDialog('subscriber');
    await type(typedInto('subscriptionId'), 'ana');
    await searched;
    await offers([`ana@example.com · Web shop · ${subscription}`]);
    await offered().first().click();
    await editor.saveDialog();
    assert.equal(await saved('subscriber', 'subscriptionId'), subscription);
  }).timeout(60_000);

  it('asks for a list once, however many fields and keys want it', async () => {
    const asked: string[] = [];
    editor.page.on('request', request => asked.push(request.url()));
    for (const id of ['reader', 'publisher']) {
      await editor.openDialog(id);
      await type(typedInto('planId'), 'g');
      await offers(['Gold · gold-id']);
      await editor.cancelDialog();
    }
    assert.ok(asked.filter(url => url.includes('/choices/')).length <= 1, asked.join('\n'));
  }).timeout(60_000);

  it('says that there is nothing to choose from yet', async () => {
    await editor.openDialog('starter');
    await type(typedInto('run'), 'x');
    await says(/nothing of this kind yet/);
    await editor.cancelDialog();
  }).timeout(60_000);

  it('says that the connection has to be deployed first', async () => {
    await editor.page.evaluate(() => {
      const node = window.RED.nodes.node('undeployed') as Record<string, unknown> | null;
      if (node) node.connection = 'new-one';
    });
    await editor.openDialog('undeployed');
    await editor.page.evaluate(() => {
      const select = document.querySelector<HTMLSelectElement>('#node-input-connection');
      select?.append(new Option('new', 'new-one'));
      if (select) select.value = 'new-one';
    });
    await type(typedInto('planId'), 'x');
    await says(/deploy the connection first/);
    await editor.cancelDialog();
  }).timeout(60_000);

  it('stays a free text when WAP cannot be reached, and says why', async () => {
    await editor.openDialog('offline');
    await type(typedInto('planId'), 'anything');
    await says(/No suggestions: .*(reach|connect)/i);
    await editor.picture(`suggestions-none-${major}`);
    await editor.saveDialog();
    assert.deepEqual([await saved('offline', 'planId'), await offered().count()], ['anything', 0]);
  }).timeout(60_000);
});
