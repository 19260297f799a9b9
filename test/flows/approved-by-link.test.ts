import assert from 'node:assert/strict';
import type { QuestionNotice } from '../../lib/questions/notice';
import { onEachMajor } from '../harness/repository';
import { type SaleWorld, startSale } from './sale-world';

const yes = 'Yes, sell it';

onEachMajor('example: approve expensive plans by e-mail link', major => {
  let sale: SaleWorld;

  before(async function () {
    this.timeout(120_000);
    sale = await startSale(major, ['21 - Approve'], {
      env: { BILLING_APPROVERS: 'anna@example.com; ben@example.com' },
    });
  });
  after(() => sale.stop());

  /** The links that were sent, by receiver. */
  const links = async (run: string): Promise<Record<string, string>> =>
    sale.until(`${run} is asked`, () => {
      const notices = sale.world.messages('asked').map(({ question }) => question as QuestionNotice);
      const mine = notices.filter(notice => notice.run === run && !notice.isReminder);
      if (mine.length < 2) return null;
      const here = (link: string) => link.replace(/^http:\/\/localhost:1880/, sale.world.nodeRed.url);
      return Object.fromEntries(mine.map(({ person, link }) => [person, here(link)]));
    });
  const post = (link: string | undefined, form: Record<string, string>) =>
    fetch(String(link), { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
  const crash = async () => {
    await sale.world.nodeRed.kill9();
    await sale.world.nodeRed.start();
  };
  const end = (key: string) => sale.until(`${key} ends`, async () => (await sale.run(key))?.state === 'completed');

  it('sells a cheap plan at once', async () => {
    await sale.press('Sell Coral Hosting');
    await sale.published('plan', 'Coral Hosting');
    await end('Coral Hosting');
    assert.deepEqual(sale.world.messages('asked'), []);
  });

  it('sells an expensive one when one of those asked says so by the link, over kill -9 before and after', async () => {
    await sale.press('Sell Diamond Hosting');
    const sent = await links('Diamond Hosting');
    assert.deepEqual(Object.keys(sent), ['anna@example.com', 'ben@example.com']);
    await crash();
    const ben = sent['ben@example.com'];
    const page = await sale.until('the page is there', async () => {
      const answer = await fetch(String(ben));
      return answer.status === 200 ? answer.text() : null;
    });
    assert.match(page, /May Diamond Hosting be sold for 249.00 EUR per month\?/);
    assert.equal(sale.plan('plan', 'Diamond Hosting')?.State, 0);
    assert.equal((await post(ben, { choice: yes })).status, 303);
    await crash();
    await sale.published('plan', 'Diamond Hosting');
    await end('Diamond Hosting');
    const run = await sale.run('Diamond Hosting');
    const { choice, by, how } = (run?.result as { result: Record<string, unknown> } | undefined)?.result ?? {};
    assert.deepEqual([choice, by, how], [yes, 'ben@example.com', 'link']);
    await post(sent['anna@example.com'], { choice: 'No, drop it' });
    assert.equal(sale.plan('plan', 'Diamond Hosting')?.State, 1);
    assert.equal(sale.plans('plan').length, 2);
    assert.equal(sale.world.messages('asked').length, 2);
  }).timeout(60_000);

  it('drops one that is refused', async () => {
    await sale.world.inject('order', {
      topic: 'Pearl',
      order: { kind: 'plan', name: 'Pearl', price: '100 EUR per month' },
    });
    const sent = await links('Pearl');
    assert.equal((await post(sent['anna@example.com'], { choice: 'No, drop it', note: 'too dear' })).status, 303);
    await sale.until('it is gone', () => !sale.plan('plan', 'Pearl'));
    await end('Pearl');
    assert.deepEqual(sale.world.messages('caught'), []);
  });
});
