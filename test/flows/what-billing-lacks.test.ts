import assert from 'node:assert/strict';
import { onEachMajor } from '../harness/repository';
import { type SaleWorld, startSale } from './sale-world';

onEachMajor('example: what billing lacks', major => {
  let sale: SaleWorld;
  afterEach(() => sale?.stop());

  const summaries = () => sale.world.messages('ended').flatMap(({ payload, outcomes }) => (outcomes ? [payload] : []));

  it('brings each plan of WAP to billing once, through kill -9 in WAP and in billing, and says how many', async function () {
    this.timeout(60_000);
    const names = Array.from({ length: 12 }, (_none, index) => `Plan ${String(index).padStart(2, '0')}`);
    sale = await startSale(major, ['20 - Daily']);
    const { wap, billing, nodeRed } = sale.world;
    wap.seed({ plans: names.map((DisplayName, index) => ({ Id: `w-${index}`, DisplayName, Price: '4.90 EUR' })) });
    const held = billing.faults.add({ kind: 'hold', method: 'POST', path: '/offers', skip: 3, times: 100 });
    await sale.press('Bring plans to billing');
    await held.untilHit(5); // so many at once
    await nodeRed.kill9();
    held.remove();
    const lost = billing.faults.add({ kind: 'hold-before', method: 'POST', path: '/offers', skip: 1, times: 100 });
    await nodeRed.start();
    await lost.untilHit();
    await nodeRed.kill9();
    lost.remove();
    await nodeRed.start();
    await sale.until('the day is done', () => summaries().length > 0);
    assert.deepEqual(summaries(), ['12 of 12 plans brought to billing']);
    const { offers } = billing.state;
    assert.deepEqual(offers.map(({ name }) => name).sort(), names);
    const mapped = await sale.mapped('plan');
    assert.deepEqual(mapped, Object.fromEntries(offers.map(({ key, id }) => [key, id])));

    wap.seed({ plans: [{ Id: 'w-late', DisplayName: 'Late', Price: '9.90 EUR' }] });
    await sale.press('Bring plans to billing');
    await sale.until('the second is done', () => summaries().length > 1);
    assert.deepEqual(summaries().slice(1), ['1 of 1 plans brought to billing']);
    assert.equal(billing.state.offers.length, 13);
  });
});
