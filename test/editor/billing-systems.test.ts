import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser, pictureFolder } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';
import { killbill } from '../stand-ins/killbill';
import { lago } from '../stand-ins/lago';
import { openmeter } from '../stand-ins/openmeter';
import { stripe } from '../stand-ins/stripe';
import { type RunningStandIn, runStandIn, type SystemUnderTest } from '../stand-ins/system';

const flows = [
  { id: 'tab', type: 'tab', label: 'billing' },
  {
    ...{ id: 'billing', type: 'billing-connection', name: '', provider: 'rest', target: '', auth: 'header', user: '' },
    ...{ baseUrl: '${BILLING_URL:-http://127.0.0.1:30100}', headerName: 'X-Api-Key', tokenEnv: '', passwordEnv: '' },
    ...{ idempotencyHeader: '', tls: '', proxy: '', attemptSeconds: '5', totalSeconds: '5', retries: '0' },
    ...{ templates: '{}', secondSecretEnv: '', options: '{}' },
  },
  {
    ...{ id: 'gone', type: 'billing-connection', name: '', provider: 'other-package', target: '', auth: 'bearer' },
    ...{ baseUrl: 'https://billing.example', templates: '{}', options: '{"shop":"wap"}' },
  },
  {
    ...{ id: 'create', type: 'billing-plan-create', z: 'tab', name: '', billing: 'billing', x: 200, y: 100 },
    ...{ rates: '[]', wires: [[]] },
  },
];

/** What is shown of each, and how its operator fills it in. */
const shown: Array<[SystemUnderTest, { address: string; fields: string[]; settings: string[] }]> = [
  [stripe, { address: 'https://api.stripe.com/v1', fields: ['token'], settings: ['currency', 'interval'] }],
  [
    openmeter,
    { address: 'https://openmeter.cloud/api/v1', fields: ['token'], settings: ['currency', 'interval', 'source'] },
  ],
  [lago, { address: 'https://api.getlago.com/api/v1', fields: ['token'], settings: ['currency', 'interval'] }],
  [
    killbill,
    {
      address: 'http://127.0.0.1:8080/1.0/kb',
      fields: ['user', 'password', 'secondSecret'],
      settings: ['currency', 'interval', 'apiKey'],
    },
  ],
];

onEachMajor('the dialog of billing-connection, for each billing system', major => {
  let world: World;
  let browser: Browser;
  let editor: Editor;

  before(async function () {
    this.timeout(180_000);
    world = await startWorld({ major, flows });
    browser = await openBrowser();
    editor = await openEditor(browser, world.nodeRed.url, { types: ['billing-connection'] });
  });
  afterEach(async () => {
    await editor.cancelDialog();
    editor.assertNoPageErrors();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  const field = (name: string) => editor.page.locator(`#node-config-input-${name}`);
  const choose = (provider: string) => field('provider').selectOption(provider);
  const options = async () => JSON.parse(await field('options').inputValue());
  const optionNames = () =>
    editor.page
      .locator('.wap-billing-option label')
      .evaluateAll(labels => labels.map(label => (label.getAttribute('for') ?? '').replace('wap-billing-option-', '')));
  const result = () => editor.page.locator('#wap-billing-check-result');

  for (const [system, { address, fields, settings }] of shown)
    describe(system.name, () => {
      let there: RunningStandIn;
      before(async () => {
        there = await runStandIn(system.model(), system.base);
      });
      after(() => there.close());

      async function fill({ password = '', token = '' }: { password?: string; token?: string }): Promise<void> {
        await field('baseUrl').fill(there.url);
        if (fields.includes('token')) await field('token').fill(token);
        if (!fields.includes('user')) return;
        await field('user').fill('admin');
        await field('password').fill(password);
        await field('secondSecret').fill('kb-secret');
        await editor.page.locator('#wap-billing-option-apiKey').fill('tenant');
      }
      const test = async () => {
        await editor.page.locator('#wap-billing-check').click();
        await editor.page.waitForSelector('.wap-billing-ok, .wap-billing-failed');
        return (await result().textContent()) ?? '';
      };

      it('shows what it needs, and its usual address', async () => {
        await editor.openDialog('billing');
        await choose(system.name);
        assert.equal(await field('baseUrl').inputValue(), address);
        for (const name of ['token', 'user', 'password', 'secondSecret'])
          assert.equal(await field(name).isVisible(), fields.includes(name), name);
        assert.equal(await field('auth').isVisible(), false);
        assert.equal(await editor.page.locator('details[data-for="provider:rest"]').isVisible(), false);
        assert.deepEqual(await optionNames(), settings);
        await editor.page.screenshot({ path: join(pictureFolder(), `provider-${system.name}-${major}.png`) });
      });

      it('tests good and wrong credentials, and an address where nobody is', async () => {
        await editor.openDialog('billing');
        await choose(system.name);
        const { auth } = system.settings;
        const right = { ...(auth.kind === 'bearer' ? auth : {}), ...(auth.kind === 'basic' ? auth : {}) };
        await fill(right);
        assert.match(await test(), /took the credentials/);
        await fill({ ...right, token: 'other', password: 'other' });
        assert.match(await test(), /401|refused|credentials/);
        assert.equal((await editor.page.locator('.wap-billing-failed').count()) > 0, true);
        await field('baseUrl').fill('http://127.0.0.1:9');
        assert.match(await test(), /127\.0\.0\.1:9|reach|refused/);
      });
    });

  it('marks a currency that is none, and saves what is written', async () => {
    await editor.openDialog('billing');
    await choose('stripe');
    const currency = editor.page.locator('#wap-billing-option-currency');
    await currency.fill('Euro');
    assert.match((await currency.getAttribute('class')) ?? '', /input-error/);
    await currency.fill('USD');
    assert.doesNotMatch((await currency.getAttribute('class')) ?? '', /input-error/);
    await editor.page.locator('#wap-billing-option-interval').selectOption('year');
    assert.deepEqual(await options(), { currency: 'USD', interval: 'year' });
  });

  it('keeps an address that was written, and gives the way to sign in back to REST', async () => {
    await editor.openDialog('billing');
    await choose('stripe');
    await field('baseUrl').fill('https://billing.example/api');
    await choose('lago');
    assert.equal(await field('baseUrl').inputValue(), 'https://billing.example/api');
    await choose('rest');
    assert.equal(await field('secondSecret').isVisible(), false);
    await editor.page.locator('#wap-billing-option-secondHeader').fill('X-Tenant-Secret');
    assert.equal(await field('secondSecret').isVisible(), true);
    assert.equal(await field('auth').isVisible(), true);
    assert.equal(await editor.page.locator('details[data-for="provider:rest"]').isVisible(), true);
  });

  it('keeps the settings of a provider that is gone', async () => {
    await editor.openDialog('gone');
    assert.equal(await field('provider').inputValue(), 'other-package');
    assert.deepEqual(await options(), { shop: 'wap' });
  });

  it('takes the prices of usage of an offer in a table', async () => {
    await editor.openDialog('create');
    const rates = editor.page.locator('#node-input-rates');
    await editor.page.locator('.red-ui-editableList-addButton').first().click();
    const cells = editor.page.locator('#wap-billing-table-rates input');
    for (const [index, text] of ['vm-cpu', 'core-hours', '0.02'].entries()) await cells.nth(index).fill(text);
    await cells.last().blur();
    assert.deepEqual(JSON.parse(await rates.inputValue()), [
      { meter: 'vm-cpu', unit: 'core-hours', unitPrice: '0.02' },
    ]);
    await editor.page.screenshot({ path: join(pictureFolder(), `rates-${major}.png`) });
  });
});
