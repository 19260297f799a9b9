import assert from 'node:assert/strict';
import { acquireStore } from '../../lib/state/open';
import { type Statement, statement } from '../../lib/state/port';
import { onEachMajor } from '../harness/repository';
import { notSold } from './sale-checks';
import { type SaleWorld, startSale } from './sale-world';

const rows = {
  mapping: statement<{ wap_id: string; billing_id: string }>('SELECT wap_id, billing_id FROM mapping'),
  runs: statement<{ run_key: string; state: string }>('SELECT run_key, state FROM workflow ORDER BY run_key'),
  openSteps: statement<{ label: string }>(`SELECT label FROM step WHERE state <> 'done'`),
  deadLetters: statement<{ event_id: number }>(`SELECT event_id FROM delivery WHERE outcome = 'dead'`),
};

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
    assert.deepEqual(await sale.mapped('plan'), { [plan.Id]: sale.offer('Gold Hosting')?.id });
    assert.deepEqual(await notSold(sale, 'plan', 'Gold Hosting'), []);
  });

  it('clones what billing never shows, and deletes the original only after the clone was verified', async function () {
    this.timeout(90_000);
    await sale.press('Sell Stuck Silver');
    await sale.published('plan', 'Stuck Silver (r2)');
    await sale.until(
      'the mapping of the original is gone',
      async () => Object.keys(await sale.mapped('plan')).length === 2,
    );
    assert.deepEqual(await notSold(sale, 'plan', 'Stuck Silver'), []);
    const deletes = sale.world.log.entries({ server: 'admin', method: 'DELETE' });
    assert.equal(deletes.length, 1);
  });

  it('sells an add-on the same way', async function () {
    this.timeout(60_000);
    await sale.press('Sell Extra Database');
    const addon = await sale.published('addon', 'Extra Database');
    assert.deepEqual(await sale.mapped('addon'), { [addon.Id]: sale.offer('Extra Database')?.id });
    assert.deepEqual(await notSold(sale, 'addon', 'Extra Database'), []);
  });

  it('says of what is on sale already that it is, and makes nothing', async function () {
    this.timeout(60_000);
    const before = sale.world.messages('ended').length;
    const made = () => sale.world.log.entries({ server: 'admin', method: 'POST' }).length;
    const [posts, offers] = [made(), sale.world.billing.state.offers.length];
    await sale.press('Sell Gold Hosting');
    const again = await sale.world.message('ended', before + 1);
    assert.equal(again.payload, 'Gold Hosting is already on sale');
    await sale.press('Sell Stuck Silver');
    const clone = await sale.world.message('ended', before + 2);
    assert.equal(clone.payload, 'Stuck Silver is already on sale');
    assert.deepEqual([made(), sale.world.billing.state.offers.length], [posts, offers]);
  });

  it('keeps all of it in the state file: each pair, each run completed, no dead letter', async function () {
    this.timeout(60_000);
    const names = ['Extra Database', 'Gold Hosting', 'Stuck Silver'];
    await sale.until('every run has ended', () => sale.world.messages('ended').length === names.length + 2);
    const { nodeRed, billing, stateFile } = sale.world;
    await nodeRed.kill9();
    const { store, release } = await acquireStore(stateFile, nodeRed.userDir);
    const read = <Row>(text: Statement<Row>) => store.transaction(tx => tx.rows(text));
    try {
      const pairs = (await read(rows.mapping)).map(({ wap_id, billing_id }) => `${wap_id} ${billing_id}`);
      const active = billing.state.offers.filter(({ state }) => state === 'active');
      assert.deepEqual(pairs.sort(), active.map(({ key, id }) => `${key} ${id}`).sort());
      const runs = await read(rows.runs);
      assert.deepEqual(
        runs.map(({ run_key, state }) => `${run_key}: ${state}`),
        [...names, 'Gold Hosting', 'Stuck Silver'].sort().map(name => `${name}: completed`),
      );
      assert.deepEqual([await read(rows.openSteps), await read(rows.deadLetters)], [[], []]);
    } finally {
      await release();
      await nodeRed.start();
    }
  });

  it('lets a run that waits take up another interval and deadline after a deploy', async function () {
    this.timeout(90_000);
    const waitFor = async (deadlineMinutes: string) => {
      const flows = await sale.world.nodeRed.flows();
      await sale.world.nodeRed.deploy(
        flows.map(node =>
          node.type === 'billing-propagation-check' ? { ...node, intervalSeconds: '0.1', deadlineMinutes } : node,
        ),
      );
    };
    await waitFor('60');
    await sale.order('Stuck Copper');
    await sale.until('it waits', async () => {
      const desk = `${sale.world.nodeRed.url}/wap-billing/desk`;
      const [state] = (await (await fetch(desk)).json()) as Array<{ id: string }>;
      const runs = await fetch(`${desk}/${state?.id}/runs?waitsFor=propagation&text=copper`);
      return ((await runs.json()) as { rows: unknown[] }).rows.length === 1;
    });
    await waitFor('0.05');
    await sale.published('plan', 'Stuck Copper (r2)');
    const changed = sale.world.messages('caught').filter(({ error }) => JSON.stringify(error).includes('STEP_CHANGED'));
    assert.deepEqual(changed, []);
  });
});
