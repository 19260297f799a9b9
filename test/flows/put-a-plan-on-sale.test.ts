import assert from 'node:assert/strict';
import { onEachMajor } from '../harness/repository';
import { type SaleWorld, startSale } from './sale-world';

onEachMajor('examples: high frequency', major => {
  let sale: SaleWorld;
  before(async function () {
    this.timeout(120_000);
    sale = await startSale(major, ['put a plan on sale', 'the adapter']);
  });
  after(() => sale.stop());

  it('makes the plan public only after billing shows it', async function () {
    this.timeout(60_000);
    await sale.press('Sell Gold Hosting');
    const plan = await sale.published('plan', 'Gold Hosting');
    const offer = sale.offer('Gold Hosting');
    assert.equal(offer?.state, 'active');
    assert.equal(offer?.key, plan.Id);
    assert.equal(plan.ConfigState, 1);
    assert.deepEqual(await sale.mapped('plan'), { [plan.Id]: offer?.id });
  });

  it('clones what billing never shows, and deletes the original only after the clone was verified', async function () {
    this.timeout(90_000);
    await sale.press('Sell Stuck Silver');
    const clone = await sale.published('plan', 'Stuck Silver (r2)');
    await sale.until('the original is gone', () => !sale.plan('plan', 'Stuck Silver'));
    assert.equal(sale.offer('Stuck Silver (r2)')?.state, 'active');
    assert.deepEqual(clone.ServiceQuotas[0]?.Settings[0]?.Key, 'Editions');
    await sale.until(
      'the mapping of the original is gone',
      async () => Object.keys(await sale.mapped('plan')).length === 2,
    );
  });

  it('sells an add-on the same way', async function () {
    this.timeout(60_000);
    await sale.press('Sell Extra Database (add-on)');
    const addon = await sale.published('addon', 'Extra Database');
    assert.deepEqual(await sale.mapped('addon'), { [addon.Id]: sale.offer('Extra Database')?.id });
  });
});
