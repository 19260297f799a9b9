import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser, pictureFolder } from '../harness/browser';
import { type Editor, openEditor } from '../harness/editor';
import { onEachMajor } from '../harness/repository';
import { startWorld, type World } from '../harness/world';

const connection = (id: string, templates: object) => ({
  ...{ id, type: 'billing-connection', name: '', provider: 'rest', baseUrl: '${BILLING_URL}', target: '' },
  ...{ auth: 'bearer', user: '', headerName: 'X-Api-Key', tokenEnv: 'BILLING_TOKEN', passwordEnv: '' },
  ...{ idempotencyHeader: '', tls: '', proxy: '', attemptSeconds: '5', totalSeconds: '5', retries: '0' },
  templates: JSON.stringify(templates),
});

const check = { method: 'GET', path: '/offers', query: { per_page: '1' }, decode: 'yml' };
const flows = [
  { id: 'tab', type: 'tab', label: 'billing' },
  connection('billing', { list: null }),
  connection('unknown-format', { check }),
  {
    ...{
      id: 'retire',
      type: 'billing-plan-retire',
      z: 'tab',
      name: '',
      billing: 'billing',
      x: 200,
      y: 100,
      wires: [[]],
    },
    ...{ offerKey: 'wap.plan.Id', offerKeyType: 'msg' },
  },
];

onEachMajor('the dialog of billing-connection', major => {
  let world: World;
  let browser: Browser;
  let editor: Editor;

  before(async function () {
    this.timeout(180_000);
    world = await startWorld({ major, flows });
    browser = await openBrowser();
    editor = await openEditor(browser, world.nodeRed.url, { types: ['billing-connection'] });
  });
  beforeEach(() => editor.openDialog('billing'));
  afterEach(async () => {
    await editor.cancelDialog();
    editor.assertNoPageErrors();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  const field = (name: string) => editor.page.locator(`#wap-billing-template-${name}`);
  const box = (section: string) => editor.page.locator(`details[data-section="${section}"]`);
  const saved = async () => JSON.parse(await editor.page.locator('#node-config-input-templates').inputValue());
  const unfold = async (section: string) => {
    await editor.page.locator('details[data-for="provider:rest"] > summary').click();
    await box(section).locator('summary').click();
  };

  it('offers the providers of the runtime', async () => {
    const options = editor.page.locator('#node-config-input-provider option');
    const names = await options.evaluateAll(all => all.map(option => option.getAttribute('value')));
    assert.deepEqual(names, ['rest', 'stripe', 'openmeter', 'lago', 'killbill']);
  });

  it('keeps only the operation that was changed, and resets it', async () => {
    await unfold('read');
    assert.deepEqual(await saved(), { list: null });
    await field('read-path').fill('/v2/offers/{key}');
    await field('read-headers').fill('X-Shop: wap');
    const absent = '$status in [404, 410]'; // the rest of the operation stays as it usually is
    const read = { method: 'GET', path: '/v2/offers/{key}', headers: { 'X-Shop': 'wap' }, absent };
    assert.deepEqual(await saved(), { list: null, read });
    await box('read').locator('button', { hasText: 'Reset' }).click();
    assert.deepEqual(await saved(), { list: null });
    assert.equal(await field('read-path').inputValue(), '/offers/{key}');
  });

  it('offers the formats of a body and of an answer', async () => {
    await unfold('create');
    const texts = await field('create-encode').locator('option').allInnerTexts();
    assert.deepEqual(texts, ['default', 'json', 'form', 'text', 'xml']);
    await field('create-encode').selectOption('form');
    assert.equal((await saved()).create.encode, 'form');
    await field('create-encode').selectOption('');
    assert.deepEqual(await saved(), { list: null });
    await field('create-decode').selectOption('xml');
    assert.equal((await saved()).create.decode, 'xml');
  });

  it('keeps a format that it does not know, for the runtime to name', async () => {
    await editor.cancelDialog();
    await editor.openDialog('unknown-format');
    assert.equal(await field('check-decode').inputValue(), 'yml');
    await unfold('check');
    await field('check-path').fill('/v2');
    assert.deepEqual((await saved()).check, { method: 'GET', path: '/v2', query: { per_page: '1' }, decode: 'yml' });
  });

  it('gives an operation back as it usually is, and takes it away again', async () => {
    await unfold('list');
    await box('list').locator('input[type=checkbox]').check();
    assert.deepEqual(await saved(), {});
    await box('list').locator('input[type=checkbox]').uncheck();
    assert.deepEqual(await saved(), { list: null });
  });

  it('tests the connection as the dialog holds it', async () => {
    const result = editor.page.locator('#wap-billing-check-result');
    await editor.page.locator('#wap-billing-check').click();
    await editor.page.waitForSelector('.wap-billing-ok');
    assert.match((await result.textContent()) ?? '', /took the credentials/);
    await unfold('check');
    await field('check-path').fill('/nowhere');
    await editor.page.locator('#wap-billing-check').click();
    await editor.page.waitForSelector('.wap-billing-failed');
    assert.match((await result.textContent()) ?? '', /404/);
  });

  it('tries a call that reads, and only shows one that changes something', async () => {
    await unfold('read');
    const trial = (section: string) => box(section).locator('.wap-billing-try');
    await trial('read').locator('input').fill('nothing-there');
    await trial('read').locator('button').click();
    await trial('read').locator('.wap-billing-ok').waitFor();
    const said = (await trial('read').textContent()) ?? '';
    assert.match(said, /GET \/offers\/nothing-there/);
    assert.match(said, /404[\s\S]*"state": "absent"[\s\S]*can be used/);
    await box('create').locator('summary').click();
    await trial('create').locator('button').click();
    await trial('create').locator('.wap-billing-note').waitFor();
    assert.match((await trial('create').textContent()) ?? '', /POST \/offers[\s\S]*"key":[\s\S]*not sent/);
    assert.deepEqual(world.log.entries({ server: 'billing', method: 'POST', path: '/offers' }), []);
    await editor.page.screenshot({ path: join(pictureFolder(), `try-${major}.png`) });
  });

  it('marks an expression that does not compile while it is typed', async () => {
    await unfold('create');
    await field('create-body').fill('{ "key": ');
    assert.match((await field('create-body').getAttribute('class')) ?? '', /input-error/);
    await field('create-body').fill('{ "key": key }');
    assert.doesNotMatch((await field('create-body').getAttribute('class')) ?? '', /input-error/);
  });

  it('shows the fields of the chosen way to sign in', async () => {
    await editor.page.locator('#node-config-input-auth').selectOption('basic');
    assert.equal(await editor.page.locator('#node-config-input-user').isVisible(), true);
    assert.equal(await editor.page.locator('#node-config-input-tokenEnv').isVisible(), false);
  });
});
