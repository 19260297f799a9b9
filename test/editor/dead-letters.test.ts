import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import type { FlowNode } from '../harness/admin-api';
import { openBrowser } from '../harness/browser';
import { DeskPage } from '../harness/desk';
import type { EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { example } from '../harness/examples';
import { startNodeRed } from '../harness/node-red';
import { onlyReaders } from '../harness/reader';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';
import { startWorld, type World } from '../harness/world';
import { state } from '../nodes/state-world';
import { aRecord } from '../unit/usage/meter/records';
import { stateWithLetters } from './letter-state';

const hostile = '<img src=x onerror="document.title=1">';
const day = 86_400_000;
const yesterday = new Date(Date.now() - day).toISOString().slice(0, 10);
const tenants = { s1: `Contoso ${hostile}`, s2: 'Fabrikam', s3: 'Northwind' };

/** Example 04 with a billing meter of an odd name, and a node that fills the mapping. */
function flowsOf(): FlowNode[] {
  const { flows } = example('Usage every minute to billing');
  const idOf = (type: string) => flows.find(node => node.type === type)?.id;
  const rules = JSON.stringify([{ resource: '*', metric: '*', meter: hostile }]);
  return [
    ...flows.map(node => (node.type === 'billing-usage-meter' ? { ...node, rules } : node)),
    { id: 'helping', type: 'tab', label: 'helping' },
    {
      ...{ id: 'map', type: 'mapping-store', z: 'helping', x: 100, y: 100, operation: 'put', limit: '100' },
      ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{ billingId: 'billingId', billingIdType: 'msg', mappingName: 'name', mappingNameType: 'msg', wires: [[], []] },
    },
  ];
}

/** An hour of yesterday for each id; of the day before for odd ones of the second tenant. */
const usage = (from: number, count: number, SubscriptionId: string, date = yesterday) =>
  Array.from({ length: count }, (_none, index) => {
    const hour = String(index % 23).padStart(2, '0');
    const EventId = from + index;
    const times = { StartTime: `${date}T${hour}:00:00`, EndTime: `${date}T${hour}:30:00` };
    return aRecord({ EventId, SubscriptionId, ExternalRecordId: `x${EventId}`, ...times });
  });

onEachMajor('the view of dead letters', major => {
  let world: World;
  let browser: Browser;
  let editors: Editors;
  const before2 = new Date(Date.now() - 2 * day).toISOString().slice(0, 10);

  before(async function start() {
    this.timeout(180_000);
    const flows = flowsOf();
    world = await startWorld({ major, env: { WAP_POLL_SECONDS: '1' }, billing: { usage: { subscriptions: 'known' } } });
    await world.deploy(world.probes(flows).drive('map', 'map').watch('mapped', 'map').done());
    for (const [index, [wapId, name]] of Object.entries(tenants).entries()) {
      await world.inject('map', { wapId, billingId: `b-${wapId}`, name });
      await world.message('mapped', index + 1);
    }
    world.wap.seed({
      usage: [...usage(1, 5, 's1'), ...usage(6, 2, 's1', before2), ...usage(8, 4, 's2'), ...usage(12, 3, 's9')],
    });
    world.billing.seed({ offers: [{ key: 'Gold', name: 'Gold', state: 'active' }] });
    browser = await openBrowser();
    editors = new Editors(browser, world.nodeRed, ['wap-usage-poll']);
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  async function open(options: EditorOptions = {}): Promise<DeskPage> {
    const editor = await editors.take(options);
    const desk = new DeskPage(editor);
    await desk.open('letters');
    await desk.rows().first().waitFor();
    return desk;
  }
  const close = async (desk: DeskPage) => {
    assert.notEqual(await desk.page.title(), '1', 'HTML in a name has run');
    await desk.giveBackTo(editors);
  };
  const sentOf = (subscription: string) =>
    world.billing.state.ledger.filter(record => record.subscription === subscription).map(({ id }) => id);
  const totals = (desk: DeskPage) => desk.element.locator('.wap-billing-desk-small').first().innerText();
  /** What billing has to know is mended there. */
  const known = (key: string) => world.billing.seed({ subscriptions: [{ key, offer: 'Gold' }] });

  it('shows why usage was refused and whose it is, as text', async () => {
    const desk = await open();
    await until('all', async () => /11 refused · 3 waiting/.test(await totals(desk)));
    const reasons = (await desk.rows().allInnerTexts()).map(text => text.replaceAll(/\s+/g, ' ').trim());
    assert.equal(reasons.length, 2);
    assert.match(reasons[0] ?? '', /<img src=x onerror="document\.title=1">: The subscription is not known\..* 11 /);
    assert.match(reasons[1] ?? '', /^waiting for billing\s?The subscription s9 is not mapped/);
    await desk.press(desk.rows().first().getByRole('button'));
    const inner = desk.element.locator('.wap-billing-desk-details tr[data-key]');
    await until('its letters', async () => (await inner.count()) === 11);
    assert.ok((await inner.allInnerTexts()).some(text => text.includes(tenants.s1)));
    await inner.first().getByRole('button').click();
    const record = desk.element.locator('pre');
    await record.waitFor();
    assert.match(await record.innerText(), /^\{\n {2}"EventId": \d+,/);
    assert.equal(await desk.element.locator('img').count(), 0);
    await desk.picture(`letters-open-${major}`);
    await close(desk);
  }).timeout(60_000);

  it('finds yesterday’s refused usage of one tenant and sends it again in at most 6 steps', async () => {
    known('b-s1');
    const written = () =>
      world.log
        .entries({})
        .filter(({ server, method }) => (server === 'admin' || server === 'usage') && method !== 'GET');
    const before = written().length;
    const desk = await open();
    await desk.type(desk.filter('tenant'), 'contoso');
    const suggested = desk.element.locator('datalist option[value="s1"]');
    await until('a suggestion', async () => (await suggested.textContent()) === tenants.s1);
    await desk.type(desk.filter('usedDay'), yesterday);
    await desk.button('Send all again (5)').waitFor();
    await desk.press(desk.button('Send all again (5)'));
    await desk.press(desk.box().getByRole('button', { name: 'Send again' }));
    assert.ok(desk.steps <= 6, `${desk.steps} steps`);
    await until('billing has it', () => sentOf('b-s1').length >= 5);
    await until('the rest is shown', async () => /6 refused · 3 waiting/.test(await totals(desk)));
    await desk.element.getByText(/Send again, .*: done, 5\./).waitFor();
    assert.equal(new Set(sentOf('b-s1')).size, 5);
    assert.deepEqual([sentOf('b-s1').length, sentOf('b-s2').length], [5, 0]);
    assert.equal(written().length, before, 'something was written in WAP');
    await desk.open('acts');
    await until('the history', async () => /Sent again/.test(await desk.rows().first().innerText()));
    assert.match(await desk.rows().first().innerText(), /tenant: contoso · usedFrom: [\s\S]*5/);
    await close(desk);
  }).timeout(90_000);

  it('asks why something is discarded, and keeps that in the history', async () => {
    const desk = await open();
    await desk.press(desk.button('One by one'));
    await desk.type(desk.filter('tenant'), 's9');
    await until('the three', async () => (await desk.rows().count()) === 3);
    await desk.press(desk.rows().first().getByRole('checkbox'));
    await desk.press(desk.button('Discard (1)'));
    const go = desk.box().getByRole('button', { name: 'Discard' });
    await desk.press(go);
    assert.equal(await desk.box().isVisible(), true, 'it went on without a reason');
    await desk.type(desk.box().locator('input'), `paid by hand ${hostile}`);
    await desk.press(go);
    await until('it is gone', async () => (await desk.rows().count()) === 2);
    await desk.open('acts');
    await until('the history', async () => /Discarded/.test(await desk.rows().first().innerText()));
    assert.match(await desk.rows().first().innerText(), /usage \d+ · paid by hand <img[\s\S]*1/);
    await close(desk);
  }).timeout(60_000);

  it('is used by keyboard alone', async () => {
    known('b-s2');
    const desk = await open();
    const { keyboard } = desk.page;
    const tabTo = async (target: Locator, what: string) => {
      for (let count = 0; count < 60; count++) {
        if (await target.evaluate(element => element === document.activeElement)) return;
        await keyboard.press('Tab');
      }
      assert.fail(`the focus never came to ${what}`);
    };
    await desk.element.locator('[data-view="letters"]').focus();
    await tabTo(desk.filter('tenant'), 'the tenant');
    await keyboard.type('fabri');
    const send = desk.button('Send all again (4)');
    await send.waitFor();
    await tabTo(send, 'Send all again');
    await keyboard.press('Enter');
    await tabTo(desk.box().getByRole('button', { name: 'Send again' }), 'Send again');
    await keyboard.press('Enter');
    await until('billing has it', () => sentOf('b-s2').length >= 4);
    assert.equal(sentOf('b-s2').length, 4);
    await close(desk);
  }).timeout(90_000);
});

onEachMajor('the view of dead letters, of a reader and in pictures', major => {
  it('is accessible in every look, and a reader cannot act', async function looks() {
    this.timeout(180_000);
    const address = await stateWithLetters(hostile);
    const flows = [{ id: 'tab', type: 'tab', label: 'desk' }, state('state', { name: 'Books', address })];
    const nodeRed = await startNodeRed({ major, saved: flows, settings: onlyReaders });
    const browser = await openBrowser();
    const editors = new Editors(browser, nodeRed, ['wap-usage-poll']);
    try {
      for (const [name, options] of [
        ['narrow', {}],
        ['dark', { dark: true }],
        ['wide', {}],
        ['spanish', { language: 'es-ES', width: 667 }],
      ] as const) {
        const desk = new DeskPage(await editors.take(options));
        await desk.open('letters');
        await desk.rows().first().waitFor();
        if (name === 'narrow') await desk.element.evaluate(element => element.setAttribute('style', 'width: 250px'));
        if (name === 'wide') {
          await desk.press(desk.page.getByRole('button', { name: 'Wide' }));
          await desk.page.locator('.red-ui-tray .wap-billing-desk').waitFor();
          await desk.press(desk.button('More filters'));
        }
        const send = desk.element.getByRole('button', { name: /Send all again \(|Reenviar todo \(/ });
        await send.waitFor();
        assert.equal(await send.getAttribute('aria-disabled'), 'true');
        assert.match((await send.getAttribute('title')) ?? '', /may only read|solo puede leer/);
        await desk.picture(`letters-${name}-${major}`);
        if (name === 'wide') await desk.assertAccessible();
        await desk.press(desk.button(name === 'spanish' ? 'Uno por uno' : 'One by one'));
        await until('the list', async () => (await desk.rows().count()) > 20);
        await desk.rows().first().getByRole('button').click();
        await desk.element.locator('pre').waitFor();
        await desk.picture(`letters-list-${name}-${major}`);
        await desk.assertAccessible();
        if (name === 'narrow') await desk.element.evaluate(element => element.removeAttribute('style'));
        if (name === 'wide') await desk.closeWide();
        await desk.giveBackTo(editors);
      }
      const form = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"filter":{}}' };
      assert.equal((await fetch(`${nodeRed.url}/wap-billing/desk/state/sendLetters`, form)).status, 401);
    } finally {
      await browser.close();
      await nodeRed.stop();
    }
  });
});
