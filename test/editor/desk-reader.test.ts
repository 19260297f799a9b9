import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { type SaleWorld, startSale } from '../flows/sale-world';
import { openBrowser } from '../harness/browser';
import { DeskPage } from '../harness/desk';
import { openEditor } from '../harness/editor';
import { onlyRead } from '../harness/reader';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';
import { state } from '../nodes/state-world';
import { aRecord } from '../unit/usage/meter/records';

const html = '<img src=x onerror="document.title=1">';
const today = new Date().toISOString().slice(0, 10);
const times = { StartTime: `${today}T00:00:00`, EndTime: `${today}T00:00:10` };

/** Each view: what shows that it is drawn, and whether something can be done in it. */
const views = {
  overview: { drawn: '[data-feed]', hasActs: true },
  runs: { drawn: 'tr[data-key]', hasActs: true },
  letters: { drawn: 'tr[data-key]', hasActs: true },
  mapping: { drawn: 'tr[data-key]', hasActs: true },
  usage: { drawn: '.wap-billing-desk-days', hasActs: false },
  acts: { drawn: 'tr[data-key]', hasActs: false },
};

onEachMajor('the desk, of a reader', major => {
  let sale: SaleWorld;
  let browser: Browser;

  before(async function start() {
    this.timeout(180_000);
    sale = await startSale(major, ['put a plan on sale', 'Usage every minute to billing'], {
      env: { BILLING_DEADLINE_MINUTES: '60' },
    });
    const { world } = sale;
    await world.deploy([
      ...(await world.nodeRed.flows()),
      state('second', { name: `Archive ${html}`, address: 'second.sqlite' }),
    ]);
    const usage = ['s1', 's2'].map((SubscriptionId, index) =>
      aRecord({ EventId: index + 1, SubscriptionId, ExternalRecordId: SubscriptionId, ...times }),
    );
    world.wap.seed({ usage });
    await sale.order(`Stuck ${html}`);
    await until('the run is there', () => sale.plan('plan', `Stuck ${html}`));
    await map();
    await until('one is billed', () => world.billing.state.ledger.length === 1);
    await onlyRead(world.nodeRed);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await sale?.stop();
  });

  /** One tenant is mapped, by the desk itself, so that its history has something too. */
  async function map(): Promise<void> {
    const desk = `${sale.world.nodeRed.url}/wap-billing/desk`;
    const states = (await (await fetch(desk)).json()) as Array<{ id: string; name: string }>;
    const { id } = states.find(({ name }) => !name.startsWith('Archive')) ?? assert.fail('no state');
    const places = (await (await fetch(`${desk}/${id}/mappingPlaces`)).json()) as Array<Record<string, unknown>>;
    const body = JSON.stringify({
      ...places[0],
      kind: 'subscription',
      wapId: 's1',
      billingId: `b ${html}`,
      name: html,
    });
    const answer = await fetch(`${desk}/${id}/putMapping`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** What is wider than its place, or stands out of the desk. */
  const cutOff = (desk: DeskPage) =>
    desk.element.evaluate(element => {
      const right = element.getBoundingClientRect().right + 1;
      const parts = [...element.querySelectorAll<HTMLElement>('button, label, th, td, h3, p, li, span, input, select')];
      return parts
        .filter(part => getComputedStyle(part.closest('thead') ?? part).position !== 'absolute') // for screen readers
        .filter(part => part.checkVisibility() && !part.closest('.wap-billing-desk-hidden, [role="tab"], pre, svg'))
        .filter(
          part =>
            part.getBoundingClientRect().right > right ||
            (part.tagName !== 'SELECT' &&
              part.tagName !== 'INPUT' &&
              getComputedStyle(part).overflowX !== 'visible' &&
              part.scrollWidth > part.clientWidth + 1),
        )
        .map(part => `${part.tagName} ${part.textContent}`);
    });

  for (const [look, options] of [
    ['light', { width: 1440 }],
    ...(major === 5 ? ([['dark', { width: 1440, dark: true }]] as const) : []), // Node-RED 4 has no dark
    ['spanish-narrow', { language: 'es-ES', width: 667 }],
  ] as const)
    it(`is read in every view, says why nothing can be done, and shows names as text (${look})`, async () => {
      const editor = await openEditor(browser, sale.world.nodeRed.url, { types: ['wap-usage-poll'], ...options });
      const desk = new DeskPage(editor);
      for (const [view, { drawn, hasActs }] of Object.entries(views)) {
        await desk.open(view);
        const acts = desk.element.locator('[aria-disabled]').filter({ hasNotText: 'CSV' });
        await until(`${view} is drawn`, async () => {
          const isThere = (await desk.element.locator(drawn).count()) > 0;
          return isThere && (await acts.count()) > 0 === hasActs;
        });
        // At once, because a view may be drawn anew meanwhile.
        const buttons = await acts.evaluateAll(all =>
          all.map(act => ({
            ...{ text: act.textContent, isOff: act.getAttribute('aria-disabled') },
            why: act.getAttribute('title') ?? '',
          })),
        );
        for (const { text, isOff, why } of buttons) {
          assert.equal(isOff, 'true', `${view}: ${text}`);
          assert.match(why, /may only read|solo puede leer/, `${view}: ${text}`);
        }
        await desk.picture(`reader-${view}-${look}-${major}`);
        assert.deepEqual(await cutOff(desk), [], view);
        assert.equal(await desk.element.locator('img').count(), 0);
        await desk.assertAccessible();
      }
      assert.match(await desk.rows().first().innerText(), /<img src=x/);
      assert.notEqual(await desk.page.title(), '1', 'HTML in a name has run');
      editor.assertNoPageErrors();
      await editor.close();
    }).timeout(90_000);

  it('chooses another state file by the keyboard, and keeps the choice', async () => {
    const editor = await openEditor(browser, sale.world.nodeRed.url, { types: ['wap-usage-poll'] });
    const desk = new DeskPage(editor);
    await desk.open('runs');
    await desk.rows().first().waitFor();
    const choice = desk.element.locator('.wap-billing-desk-states');
    assert.match(await choice.innerText(), /Archive <img src=x/);
    await desk.element.locator('[data-view="runs"]').focus();
    await desk.page.keyboard.press('Tab');
    assert.equal(await choice.evaluate(element => element === document.activeElement), true);
    await desk.page.keyboard.press('A');
    await until('it has no runs', async () => (await desk.rows().count()) === 0);
    assert.equal(await choice.evaluate(element => element === document.activeElement), true);
    await desk.open('mapping');
    await desk.page.reload();
    await desk.page.waitForFunction(() => Boolean(window.RED?.nodes?.getType('wap-usage-poll')));
    await desk.open('runs');
    await until('it is still chosen', async () =>
      /Archive/.test(await choice.evaluate(element => (element as HTMLSelectElement).selectedOptions[0]?.text ?? '')),
    );
    editor.assertNoPageErrors();
    await editor.close();
  }).timeout(60_000);
});
