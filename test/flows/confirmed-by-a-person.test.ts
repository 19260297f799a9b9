import assert from 'node:assert/strict';
import type { Page } from '../../lib/desk/page';
import type { QuestionLine } from '../../lib/desk/questions';
import { onEachMajor } from '../harness/repository';
import { type SaleWorld, startSale } from './sale-world';

const yes = 'Yes, it is there';

onEachMajor('example: an administrator confirms in billing', major => {
  let sale: SaleWorld;
  let desk: string;

  before(async function () {
    this.timeout(120_000);
    sale = await startSale(major, ['15 - Daily']);
    const states = (await (await fetch(`${sale.world.nodeRed.url}/wap-billing/desk`)).json()) as Array<{ id: string }>;
    desk = `/wap-billing/desk/${states[0]?.id}`;
  });
  after(() => sale.stop());

  const asked = async (key: string): Promise<QuestionLine> =>
    sale.until(`${key} is asked`, async () => {
      const answer = await fetch(`${sale.world.nodeRed.url}${desk}/questions`);
      return ((await answer.json()) as Page<QuestionLine>).rows.find(row => row.key === key) ?? null;
    });
  async function answer(form: Record<string, unknown>): Promise<{ status: number; text?: string }> {
    const body = JSON.stringify({ note: '', by: 'anna', ...form });
    const headers = { 'content-type': 'application/json' };
    const answered = await fetch(`${sale.world.nodeRed.url}${desk}/answerQuestion`, { method: 'POST', headers, body });
    return { status: answered.status, ...((await answered.json()) as { text?: string }) };
  }
  const crash = async () => {
    await sale.world.nodeRed.kill9();
    await sale.world.nodeRed.start();
  };

  it('creates in WAP, waits over kill -9, maps the id that was filled in, and makes the plan public', async () => {
    await sale.press('Sell Amber Hosting');
    const { id, text } = await asked('Amber Hosting');
    assert.equal(text, 'Is Amber Hosting set up in billing?');
    assert.equal(sale.plan('plan', 'Amber Hosting')?.State, 0);
    await crash();
    assert.equal((await asked('Amber Hosting')).id, id);
    const incomplete = await answer({ id, choice: yes, values: {} });
    assert.deepEqual([incomplete.status, incomplete.text], [400, 'Billing id: fill it in.']);
    assert.equal((await answer({ id, choice: yes, values: { billingId: 'amber-2026' } })).status, 200);
    await crash();
    const plan = await sale.published('plan', 'Amber Hosting');
    assert.deepEqual(await sale.mapped('plan'), { [plan.Id]: 'amber-2026' });
    assert.equal(sale.plans('plan').length, 1);
    await sale.until('it ends', async () => (await sale.run('Amber Hosting'))?.state === 'completed');
    assert.equal((await answer({ id, choice: yes, values: { billingId: 'other' } })).status, 409);
    assert.equal((await sale.mapped('plan'))[plan.Id], 'amber-2026');
    assert.deepEqual(sale.world.messages('caught'), []);
  }).timeout(120_000);

  it('drops the plan when that is the answer', async () => {
    await sale.order('Opal');
    const { id } = await asked('Opal');
    assert.ok(sale.plan('plan', 'Opal'));
    await answer({ id, choice: 'No, drop the plan', note: 'sold out' });
    await sale.until('it is gone', () => !sale.plan('plan', 'Opal'));
    await sale.until('it ends', async () => (await sale.run('Opal'))?.state === 'completed');
  }).timeout(60_000);
});
