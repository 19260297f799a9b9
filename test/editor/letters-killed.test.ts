import assert from 'node:assert/strict';
import Big from 'big.js';
import type { Browser } from 'playwright-core';
import type { FlowNode } from '../harness/admin-api';
import { openBrowser } from '../harness/browser';
import { DeskPage } from '../harness/desk';
import { openEditor } from '../harness/editor';
import { example } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';
import { startWorld, type World } from '../harness/world';
import { aRecord } from '../unit/usage/meter/records';

const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
/** More than may be on its way to billing at once. */
const count = 1100;
/** 36 s each of two databases, in hours. */
const whole = '22';

/** Example 04, and a node that fills the mapping. */
function flowsOf(): FlowNode[] {
  const { flows } = example('Usage every minute to billing');
  const idOf = (type: string) => flows.find(node => node.type === type)?.id;
  return [
    ...flows,
    { id: 'helping', type: 'tab', label: 'helping' },
    {
      ...{ id: 'map', type: 'mapping-store', z: 'helping', x: 100, y: 100, operation: 'put', limit: '100' },
      ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{ billingId: 'billingId', billingIdType: 'msg', mappingName: '', mappingNameType: 'str', wires: [[], []] },
    },
  ];
}

/** A minute of yesterday for each id. */
const usage = (from: number, SubscriptionId: string) =>
  Array.from({ length: count }, (_none, index) => {
    const EventId = from + index;
    const at = (second: string) =>
      `${yesterday}T${String(Math.floor(index / 60)).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}:${second}`;
    return aRecord({
      EventId,
      SubscriptionId,
      ExternalRecordId: `x${EventId}`,
      StartTime: at('00'),
      EndTime: at('36'),
    });
  });

onEachMajor('sending many letters again', major => {
  let world: World;
  let browser: Browser;

  before(async function start() {
    this.timeout(180_000);
    world = await startWorld({ major, env: { WAP_POLL_SECONDS: '1' }, billing: { usage: { subscriptions: 'known' } } });
    await world.deploy(world.probes(flowsOf()).drive('map', 'map').watch('mapped', 'map').done());
    for (const [index, wapId] of ['s1', 's2'].entries()) {
      await world.inject('map', { wapId, billingId: `b-${wapId}` });
      await world.message('mapped', index + 1);
    }
    world.billing.seed({ offers: [{ key: 'Gold', name: 'Gold', state: 'active' }] });
    world.billing.seed({ subscriptions: [{ key: 'b-s2', offer: 'Gold' }] });
    world.wap.seed({ usage: [...usage(1, 's1'), ...usage(count + 1, 's2')] });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  const ask = async <A>(question: string): Promise<A> => {
    const [{ id } = { id: '' }] = (await (await fetch(`${world.nodeRed.url}/wap-billing/desk`)).json()) as Array<{
      id: string;
    }>;
    return (await fetch(`${world.nodeRed.url}/wap-billing/desk/${id}/${question}`)).json() as Promise<A>;
  };
  const totals = async () => (await ask<{ totals: Record<string, number> }>('letterPlaces')).totals;
  const job = async () => (await ask<Array<{ state: string; done: number; isHeldUp: boolean }>>('letterJobs'))[0];
  const ledger = (subscription: string) =>
    world.billing.state.ledger.filter(each => each.subscription === subscription);
  const sum = (subscription: string) =>
    ledger(subscription)
      .reduce((total, { quantity }) => total.plus(String(quantity)), new Big(0))
      .toFixed();

  it('is shown again when the page is loaded anew, goes on after kill -9, and bills nothing twice', async () => {
    await until('all of it is refused', async () => (await totals()).dead === count, 90_000);
    await until('the other tenant is billed', () => sum('b-s2') === whole);
    world.billing.seed({ subscriptions: [{ key: 'b-s1', offer: 'Gold' }] });
    world.billing.faults.add({
      kind: 'status',
      status: 503,
      server: 'billing',
      method: 'POST',
      path: /usage/,
      times: Infinity,
    });
    const editor = await openEditor(browser, world.nodeRed.url, { types: ['wap-usage-poll'] });
    const desk = new DeskPage(editor);
    await desk.open('letters');
    await desk.press(desk.button('Send all again (1,100)'));
    await desk.press(desk.box().getByRole('button', { name: 'Send again' }));
    await until('it waits for billing', async () => (await job())?.isHeldUp);
    assert.deepEqual([(await job())?.state, (await job())?.done], ['running', 1000]);
    await desk.page.reload();
    await desk.page.waitForFunction(() => Boolean(window.RED?.nodes?.getType('wap-usage-poll')));
    await desk.open('letters');
    const line = desk.element.locator('.wap-billing-desk-jobs');
    await until('how far it is', async () => /Send again.*1,000/.test(await line.innerText()));
    await desk.picture(`letters-job-${major}`);
    await world.nodeRed.kill9();
    assert.equal(ledger('b-s1').length, 0);
    await world.nodeRed.start();
    assert.equal((await job())?.done, 1000, 'it begins again');
    world.billing.faults.clear();
    await until('it goes on to its end', async () => (await job())?.state === 'done', 90_000);
    assert.equal((await job())?.done, count);
    await until('all of it is billed', () => sum('b-s1') === whole, 90_000);
    assert.equal((await totals()).dead, 0);
    assert.equal(new Set(ledger('b-s1').map(({ id }) => id)).size, ledger('b-s1').length);
    await until('the page says so', async () => /Send again.*done, 1,100/.test(await line.innerText()));
    await editor.close();
  }).timeout(300_000);
});
