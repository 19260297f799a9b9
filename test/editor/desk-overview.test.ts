import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import type { FlowNode } from '../harness/admin-api';
import { openBrowser } from '../harness/browser';
import { DeskPage } from '../harness/desk';
import type { EditorOptions } from '../harness/editor';
import { Editors } from '../harness/editors';
import { example } from '../harness/examples';
import { onEachMajor } from '../harness/repository';
import { until } from '../harness/until';
import { startWorld, type World } from '../harness/world';
import { aRecord } from '../unit/usage/meter/records';

const subscriptions = ['s1', 's2'];
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const hostile = '<img src=x onerror="document.title=1">';

/** Example 04 with a poll node of an odd name, and a node that fills the mapping. */
function flowsOf(): FlowNode[] {
  const { flows } = example('Usage every minute to billing');
  const idOf = (type: string) => flows.find(node => node.type === type)?.id;
  return [
    ...flows.map(node => (node.type === 'wap-usage-poll' ? { ...node, name: hostile } : node)),
    { id: 'helping', type: 'tab', label: 'helping' },
    {
      ...{ id: 'map', type: 'mapping-store', z: 'helping', x: 100, y: 100, operation: 'put', limit: '100' },
      ...{ connection: idOf('wap-connection'), billing: idOf('billing-connection'), state: idOf('billing-state') },
      ...{ mappingKind: 'subscription', mappingKindType: 'str', wapId: 'wapId', wapIdType: 'msg' },
      ...{ billingId: 'billingId', billingIdType: 'msg', mappingName: '', mappingNameType: 'str', wires: [[], []] },
    },
  ];
}

/** An hour of yesterday for each id; `prefix` makes other records of the same ids. */
const usage = (from: number, count: number, SubscriptionId: string, prefix = 'x') =>
  Array.from({ length: count }, (_none, index) => {
    const EventId = from + index;
    const hour = String(EventId % 23).padStart(2, '0');
    const times = { StartTime: `${yesterday}T${hour}:00:00`, EndTime: `${yesterday}T${hour}:30:00` };
    return aRecord({ EventId, SubscriptionId, ExternalRecordId: `${prefix}${EventId}`, ...times });
  });

onEachMajor('the overview of the desk', major => {
  let world: World;
  let browser: Browser;
  let editors: Editors;

  before(async function start() {
    this.timeout(180_000);
    world = await startWorld({ major, env: { WAP_POLL_SECONDS: '1' } });
    await world.deploy(world.probes(flowsOf()).drive('map', 'map').watch('mapped', 'map').done());
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
    await desk.open('overview');
    await desk.element.locator('[data-feed]').first().waitFor();
    return desk;
  }
  const map = async () => {
    for (const [index, wapId] of subscriptions.entries()) {
      await world.inject('map', { wapId, billingId: `b-${wapId}` });
      await world.message('mapped', index + 1);
    }
  };
  const feed = (desk: DeskPage) => desk.element.locator('[data-feed="usage/billing"]');
  const says = (place: Locator, pattern: RegExp) =>
    until(`${pattern}`, async () => pattern.test(await place.innerText()));
  const ledger = () => world.billing.state.ledger.length;

  it('shows first what needs a person, and leads there', async () => {
    world.wap.seed({ usage: usage(1, 12, 's1') });
    const desk = await open();
    const wrong = desk.element.locator('.wap-billing-desk-wrong li');
    await says(wrong.first(), /wait for something in billing, most often a mapping/);
    assert.match(await feed(desk).innerText(), /<img src=x/);
    await says(desk.element, /Admin API · Usage API|Token · Admin API/);
    await desk.assertAccessible();
    await desk.picture(`desk-overview-${major}`);
    await desk.press(wrong.first().getByRole('button', { name: 'Dead letters' }));
    await desk.rows().first().waitFor();
    assert.equal(await desk.filter('kind').inputValue(), 'waiting');
    await map();
    await desk.open('overview');
    await says(desk.element, /Nothing needs you/);
    assert.ok(ledger() > 0);
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('pauses a feed, reads and goes on when it is told', async () => {
    const desk = await open();
    const before = ledger();
    await desk.press(feed(desk).getByRole('button', { name: 'Pause' }));
    await says(feed(desk), /paused/);
    world.wap.seed({ usage: usage(13, 12, 's2') });
    await desk.press(feed(desk).getByRole('button', { name: 'Read now' }));
    await says(feed(desk), /to go out/);
    assert.equal(ledger(), before);
    await desk.press(feed(desk).getByRole('button', { name: 'Resume' }));
    await until('what was read goes out', () => ledger() > before);
    await desk.open('acts');
    await until('the history', async () => /read now[\s\S]*paused a feed/.test(await desk.element.innerText()));
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('replays a part of the past, saying first how much, and billing has nothing twice', async () => {
    const desk = await open();
    await until('all is delivered', async () => !/to go out|on their way/.test(await feed(desk).innerText()));
    const before = ledger();
    const asked = () => world.log.entries({ server: 'billing', method: 'POST' }).length;
    const calls = asked();
    await desk.press(feed(desk).getByRole('button', { name: 'Replay…' }));
    await desk.type(desk.box().getByLabel('From'), '1');
    await desk.type(desk.box().getByLabel('To'), '24');
    await desk.press(desk.box().getByRole('button', { name: 'Count…' }));
    const sure = desk.box().filter({ hasText: 'At most 24 ids' });
    await sure.waitFor();
    await desk.picture(`desk-overview-replay-${major}`);
    await desk.press(sure.getByRole('button', { name: 'Replay' }));
    await until('it is sent again', () => asked() > calls);
    await until('all is settled', async () => !/to go out|on their way/.test(await feed(desk).innerText()));
    assert.equal(ledger(), before);
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('begins a feed anew after WAP was restored, and only when told so where it was not', async () => {
    const desk = await open();
    const before = ledger();
    await desk.press(feed(desk).getByRole('button', { name: 'Begin anew…' }));
    await desk.type(desk.box().getByLabel('From'), '1');
    await desk.press(desk.box().getByRole('button', { name: 'Begin anew' }));
    const refused = desk.box().filter({ hasText: 'Begin anew all the same' });
    await refused.waitFor();
    await desk.picture(`desk-overview-refused-${major}`);
    await desk.press(refused.getByRole('button', { name: 'Back' }));
    assert.equal(ledger(), before);

    world.wap.seed({ usage: usage(15, 10, 's1', 'restored') });
    const wrong = desk.element.locator('.wap-billing-desk-wrong li');
    await says(wrong.first(), /was WAP's database restored\?/);
    await desk.picture(`desk-overview-restored-${major}`);
    await desk.press(feed(desk).getByRole('button', { name: 'Begin anew…' }));
    await desk.type(desk.box().getByLabel('From'), '15');
    await desk.press(desk.box().getByRole('button', { name: 'Begin anew' }));
    await until('it is read anew', () => ledger() === before + 10);
    await says(desk.element, /Nothing needs you/);
    await desk.giveBackTo(editors);
  }).timeout(120_000);

  it('is readable in a narrow window, in Spanish and in the dark', async () => {
    for (const [name, options] of [
      ['spanish-narrow', { language: 'es-ES', width: 667 }],
      ['dark', { dark: true }],
    ] as const) {
      const desk = await open(options);
      await desk.assertAccessible();
      await desk.picture(`desk-overview-${name}-${major}`);
      await desk.giveBackTo(editors);
    }
  }).timeout(120_000);
});
