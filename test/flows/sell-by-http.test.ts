import assert from 'node:assert/strict';
import type { StandingDescription } from '../../lib/workflow/describe';
import { onEachMajor } from '../harness/repository';
import { type SaleWorld, startSale } from './sale-world';

interface Told {
  key?: string;
  state?: string;
  result?: { result: { name: string; billingId: string } } | null;
  at?: StandingDescription[];
  code?: string;
  message?: string;
}

onEachMajor('example: sell a plan by HTTP', major => {
  let sale: SaleWorld;

  before(async function () {
    this.timeout(120_000);
    sale = await startSale(major, ['16 - Sell']);
  });
  after(() => sale.stop());

  async function call(path: string, body?: object): Promise<{ status: number; told: Told }> {
    const headers = { 'content-type': 'application/json' };
    const post = body && { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`${sale.world.nodeRed.url}${path}`, post);
    return { status: answer.status, told: (await answer.json()) as Told };
  }
  const sell = (name: string) => call('/sell', { name, price: '4.90 EUR per month' });

  it('takes an order once, over kill -9 and repeats, and tells how far it is and what came of it', async () => {
    const held = sale.world.billing.faults.add({ kind: 'hold-before', path: /^\/offers/ });
    const first = await sell('Ruby Hosting');
    assert.deepEqual([first.status, first.told], [202, { key: 'Ruby Hosting', state: 'open' }]);
    await held.untilHit();
    const asked = await call('/sell/Ruby%20Hosting');
    assert.deepEqual([asked.status, asked.told.state, asked.told.at?.[0]?.step], [200, 'open', 'create in billing']);
    const again = await sell('Ruby Hosting');
    assert.deepEqual([again.status, again.told.state], [200, 'open']);
    await sale.world.nodeRed.kill9();
    held.remove();
    await sale.world.nodeRed.start();
    const plan = await sale.published('plan', 'Ruby Hosting');
    await sale.until('it has ended', async () => (await call('/sell/Ruby%20Hosting')).told.state === 'completed');
    const done = await sell('Ruby Hosting');
    assert.deepEqual([done.status, done.told.state], [200, 'completed']);
    assert.equal(done.told.result?.result.billingId, (await sale.mapped('plan'))[plan.Id]);
    assert.equal(sale.plans('plan').length, 1);
    assert.equal(sale.world.billing.state.offers.length, 1);
    assert.deepEqual(
      sale.world.messages('caught').filter(({ error }) => (error as Told).code !== 'STATE_NOT_FOUND'),
      [],
    );
  }).timeout(120_000);

  it('says what is wrong with a call', async () => {
    const unknown = await call('/sell/nobody');
    assert.deepEqual([unknown.status, unknown.told.code], [404, 'STATE_NOT_FOUND']);
    const nameless = await call('/sell', { price: '1' });
    assert.equal(nameless.status, 400);
    assert.match(nameless.told.message ?? '', /[Kk]ey/);
  });
});
