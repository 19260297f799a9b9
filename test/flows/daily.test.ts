import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onEachMajor } from '../harness/repository';
import { notSold } from './sale-checks';
import { type SaleWorld, startSale } from './sale-world';

onEachMajor('examples: daily', major => {
  let sale: SaleWorld;
  let file: string;

  before(async function () {
    this.timeout(120_000);
    sale = await startSale(major, ['03 - Daily']);
    file = join(sale.world.nodeRed.userDir, 'wap-billing-mapping.csv');
  });
  after(() => sale.stop());

  const heading = '\uFEFFkind,wapId,billingId,name,note\r\n';

  it('creates in WAP and in billing, maps the two, and makes the plan public', async function () {
    this.timeout(60_000);
    await sale.press('Sell Bronze Hosting');
    const plan = await sale.published('plan', 'Bronze Hosting');
    assert.deepEqual(await sale.mapped('plan'), { [plan.Id]: sale.offer('Bronze Hosting')?.id });
    assert.deepEqual(await notSold(sale, 'plan', 'Bronze Hosting'), []);
    const { payload } = await sale.world.message('ended');
    assert.equal((payload as { DisplayName?: string }).DisplayName, 'Bronze Hosting');
  });

  it('writes what has no counterpart in billing to a file for the administrator', async () => {
    sale.world.wap.seed({
      plans: [
        { Id: 'w-1', DisplayName: 'Old, but sold' },
        { Id: 'w-2', DisplayName: '=Odd' },
      ],
    });
    await sale.press('Export what is unmapped');
    await sale.until('the file is written', () => existsSync(file) && readFileSync(file, 'utf8').endsWith('\r\n'));
    assert.equal(readFileSync(file, 'utf8'), `${heading}plan,w-1,,"Old, but sold",\r\nplan,w-2,,'=Odd,\r\n`);
  });

  it('reads the billing ids back that the administrator filled in, and skips what was left empty', async () => {
    const before = await sale.mapped('plan');
    writeFileSync(file, readFileSync(file, 'utf8').replace('w-1,,', 'w-1,4711,'));
    await sale.press('Import the mapping');
    await sale.until('the pair is there', async () => 'w-1' in (await sale.mapped('plan')));
    assert.deepEqual(await sale.mapped('plan'), { ...before, 'w-1': '4711' });
    assert.deepEqual(sale.world.messages('caught'), []);
  });

  it('names the bad line of a file once to Catch, and changes nothing', async () => {
    const before = await sale.mapped('plan');
    writeFileSync(file, `${heading}plan,w-2,4712,=Odd,\r\nplan,w-3,4711,Another,\r\n`);
    await sale.press('Import the mapping');
    const { error } = await sale.world.message('caught');
    const { code, message } = error as { code: string; message: string };
    assert.equal(code, 'STATE_IMPORT');
    assert.match(message, /line 3/i);
    assert.deepEqual(await sale.mapped('plan'), before);
    assert.equal(sale.world.messages('caught').length, 1);
  });
});
