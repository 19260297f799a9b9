import assert from 'node:assert/strict';
import { onEachMajor } from '../harness/repository';
import { notSold } from './sale-checks';
import { type SaleWorld, startSale } from './sale-world';

onEachMajor('examples: fork and join', major => {
  let sale: SaleWorld;

  before(async function () {
    this.timeout(120_000);
    sale = await startSale(major, ['17 - Fork']);
  });
  after(() => sale.stop());
  afterEach(() => sale.world.wap.faults.clear());

  it('makes the plan public once both branches are done, also when the process is killed between them', async function () {
    this.timeout(60_000);
    const { world } = sale;
    const quotas = world.wap.faults.add({ kind: 'hold-before', path: /\/services/, times: Number.POSITIVE_INFINITY });
    await sale.press('Sell Silver Hosting');
    await sale.until('billing has it', () => sale.offer('Silver Hosting') !== undefined);
    await quotas.untilHit();
    await world.nodeRed.kill9();
    quotas.remove();
    await world.nodeRed.start();
    const plan = await sale.published('plan', 'Silver Hosting');
    assert.deepEqual(await sale.mapped('plan'), { [plan.Id]: sale.offer('Silver Hosting')?.id });
    assert.deepEqual(await notSold(sale, 'plan', 'Silver Hosting'), []);
    const { joined, left } = await world.message('ended');
    assert.deepEqual((joined as { branches: string[] }).branches, ['services and quotas', 'update mapping']);
    assert.equal(left, undefined);
    assert.deepEqual(world.messages('caught'), []);
  });
});
