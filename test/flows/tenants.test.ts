import assert from 'node:assert/strict';
import { onEachMajor } from '../harness/repository';
import { type SaleWorld, startSale } from './sale-world';

const examples = ['the adapter', 'subscriptions follow WAP', 'Suspend in WAP', 'reconciliation'];

onEachMajor('examples: tenants', major => {
  let sale: SaleWorld;
  let id = '';
  before(async function () {
    this.timeout(120_000);
    const env = { RECONCILE_GRACE_MINUTES: '0', RECONCILE_MEND: 'yes' };
    sale = await startSale(major, examples, { env });
    const link = { AddOnId: 'extra', AddOnInstanceId: null, AcquisitionTime: null };
    sale.world.wap.seed({
      addons: [{ Id: 'extra', DisplayName: 'Extra', State: 1 }],
      plans: [
        { Id: 'gold', DisplayName: 'Gold', State: 1, AddOnReferences: [link] },
        { Id: 'silver', DisplayName: 'Silver', State: 1 },
      ],
    });
    await sale.until('the plans are mapped', async () => Object.keys(await sale.mapped('plan')).length === 2, 30_000);
    await sale.until('the add-on is mapped', async () => Object.keys(await sale.mapped('addon')).length === 1, 30_000);
  });
  after(() => sale.stop());

  const billed = (key: string) => sale.world.billing.state.subscriptions.find(each => each.key === key);
  const shows = (key: string, state: string, offer: string) =>
    sale.until(`${key} is ${state}`, () => billed(key)?.state === state && billed(key)?.offer === offer, 30_000);
  const inWap = () => sale.world.wap.state.subscriptions.find(each => each.SubscriptionID === id);
  const overdue = (paid: unknown) =>
    fetch(`${sale.world.nodeRed.url}/wap-billing/overdue`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify([{ subscriptionId: id, paid }]),
    });

  it('bills what a tenant subscribes to, and their add-on', async function () {
    this.timeout(90_000);
    const { accepted, subscription } = await sale.world.wap.tenant.subscribe('gold', 'anna@one.example');
    assert.ok(accepted && subscription);
    id = subscription.SubscriptionID;
    await shows(id, 'active', 'gold');
    assert.equal(billed(id)?.account, 'anna@one.example');
    await sale.world.wap.tenant.buyAddOn(id, 'extra');
    const instance = inWap()?.AddOnReferences[0]?.AddOnInstanceId;
    await shows(`${id}.${instance}`, 'active', 'extra');
  });

  it('suspends in WAP and then in billing who has not paid, and the other way round', async function () {
    this.timeout(90_000);
    assert.equal((await overdue(false)).status, 202);
    await shows(id, 'suspended', 'gold');
    assert.equal(inWap()?.State, 2);
    await overdue(true);
    await shows(id, 'active', 'gold');
    assert.equal(inWap()?.State, 1);
  });

  it('suspends nobody of whom billing does not say plainly that they have not paid', async () => {
    const { nodeRed } = sale.world;
    for (const [index, paid] of [undefined, null, 'true', 1].entries()) {
      assert.equal((await overdue(paid)).status, 202);
      const told = () => nodeRed.logs.filter(line => line.includes('debug:Unclear')).length > index;
      await sale.until('it is told', told, 20_000);
    }
    assert.equal(inWap()?.State, 1);
  });

  it('mends in billing what the nightly reconciliation finds', async function () {
    this.timeout(90_000);
    const { billing } = sale.world;
    const headers = { Authorization: `Bearer ${billing.token}` };
    await fetch(`${billing.url}/subscriptions/${id}/suspend`, { method: 'POST', headers });
    assert.equal(billed(id)?.state, 'suspended');
    await sale.press('Reconcile now');
    await shows(id, 'active', 'gold');
  });

  it('ends the charges when the tenant leaves, and keeps the mapping', async function () {
    this.timeout(90_000);
    await sale.world.wap.tenant.unsubscribe(id);
    await shows(id, 'cancelled', 'gold');
    const ended = () => sale.world.billing.state.subscriptions.every(({ state }) => state === 'cancelled');
    await sale.until('the add-on has ended too', ended);
    assert.equal(Object.keys(await sale.mapped('subscription')).length, 1);
  });
});
