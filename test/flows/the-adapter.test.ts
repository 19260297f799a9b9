import assert from 'node:assert/strict';
import { acquireStore } from '../../lib/state/open';
import { statement } from '../../lib/state/port';
import { aPlan } from '../builders';
import { onEachMajor } from '../harness/repository';
import { type Kind, type SaleWorld, startSale } from './sale-world';

const settledEvents = statement<{ feed: string; outcome: string | null; reason: string | null; method: string }>(
  'SELECT d.feed, d.outcome, d.reason, i.body AS method FROM delivery d JOIN inbox i USING (installation, feed, event_id)',
);

onEachMajor('examples: the adapter', major => {
  let sale: SaleWorld;
  before(async function () {
    this.timeout(120_000);
    const tune: Parameters<typeof startSale>[2] = {
      tune: node => (node.type === 'wap-ack' ? { ...node, retrySeconds: '1' } : node),
    };
    sale = await startSale(major, ['the adapter'], { ...tune, billing: { offerDelayMs: 0, rules: [] } });
  });
  after(() => sale.stop());
  afterEach(() => {
    sale.world.wap.faults.clear();
    sale.world.billing.faults.clear();
  });

  /** As an administrator does in WAP's portal, behind the adapter's back. */
  async function inPortal(method: string, path: string, body?: unknown): Promise<void> {
    const { wap } = sale.world;
    const response = await fetch(`${wap.adminUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${wap.issueToken()}`,
        ...{ 'x-ms-principal-id': 'portal', accept: 'application/json', 'content-type': 'application/json' },
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.text()}`);
  }

  const offerOf = (key: string) => sale.world.billing.state.offers.filter(offer => offer.key === key);
  const isMapped = (kind: Kind, id: string) =>
    sale.until(
      `${id} is mapped`,
      async () => (await sale.mapped(kind))[id] === offerOf(id)[0]?.id && offerOf(id).length > 0,
    );

  it('brings new plans and add-ons to billing as drafts, and remembers which is which', async () => {
    sale.world.wap.seed({
      addons: [{ Id: 'more', DisplayName: 'More Databases' }],
      plans: [aPlan({ Id: 'gold', DisplayName: 'Gold', State: 0 }), aPlan({ Id: 'iron', DisplayName: 'Iron' })],
    });
    await Promise.all([isMapped('plan', 'gold'), isMapped('plan', 'iron'), isMapped('addon', 'more')]);
    assert.deepEqual(
      ['gold', 'iron', 'more'].map(key => offerOf(key).map(({ state, kind }) => `${kind} ${state}`)),
      [['plan draft'], ['plan draft'], ['addon draft']],
    );
  });

  it('retires the offer of a deleted plan and forgets the pair; a change is only acknowledged', async () => {
    await inPortal('PUT', '/plans/iron', { ...sale.plan('plan', 'Iron'), Price: '2.00' });
    await inPortal('PUT', '/plans/iron', { ...sale.plan('plan', 'Iron'), State: 0 });
    await inPortal('DELETE', '/plans/iron');
    await sale.until('the pair is forgotten', async () => !('iron' in (await sale.mapped('plan'))));
    assert.deepEqual(
      offerOf('iron').map(({ state }) => state),
      ['retired'],
    );
    assert.deepEqual(Object.keys(await sale.mapped('addon')), ['more']);
  });

  it('makes one offer when Node-RED is killed after billing made it', async function () {
    this.timeout(60_000);
    const { billing, wap, nodeRed } = sale.world;
    const held = billing.faults.add({ kind: 'hold', method: 'POST', path: '/offers' });
    wap.seed({ plans: [aPlan({ Id: 'torn', DisplayName: 'Torn' })] });
    await held.untilHit();
    await nodeRed.kill9();
    billing.faults.clear();
    await nodeRed.start();
    await isMapped('plan', 'torn');
    assert.equal(offerOf('torn').length, 1);
  });

  it('tries an event again when billing was away', async () => {
    const failed = sale.world.messages('caught').length;
    sale.world.billing.faults.add({ kind: 'status', status: 503, path: /^\/offers/, times: 5 });
    sale.world.wap.seed({ plans: [aPlan({ Id: 'late', DisplayName: 'Late' })] });
    await isMapped('plan', 'late');
    const codes = sale.world.messages('caught').slice(failed);
    assert.deepEqual(
      codes.map(({ error }) => (error as { code: string }).code),
      ['BILLING_SERVER'],
    );
  });

  it('sets aside what billing refuses for good, with the reason, while others go on', async () => {
    sale.world.billing.seed({ offers: [{ key: 'poison', name: 'Something else', kind: 'plan', state: 'draft' }] });
    sale.world.wap.seed({
      plans: [aPlan({ Id: 'poison', DisplayName: 'Poison' }), aPlan({ Id: 'after', DisplayName: 'After' })],
    });
    await isMapped('plan', 'after');
    assert.equal('poison' in (await sale.mapped('plan')), false);
    const last = sale.world.messages('caught').at(-1);
    assert.match(JSON.stringify(last?.error), /"code":"BILLING_OFFER_DIFFERS"/);
  });

  it('has settled every event: delivered, and the one dead letter with its reason', async function () {
    this.timeout(60_000);
    const { nodeRed, stateFile, wap } = sale.world;
    const isRead = () => sale.world.log.entries({ server: 'usage', path: '/billing/plans' }).length;
    const polls = isRead();
    await sale.until('two more polls', () => isRead() > polls + 4);
    await nodeRed.kill9();
    const { store, release } = await acquireStore(stateFile, nodeRed.userDir);
    try {
      const events = await store.transaction(tx => tx.rows(settledEvents));
      const inFeeds = wap.state.events.filter(({ feed }) => !feed.startsWith('subscription'));
      assert.equal(events.length, inFeeds.length);
      const others = events.filter(({ outcome }) => outcome !== 'delivered');
      assert.deepEqual(
        others.map(({ outcome, feed }) => `${feed} ${outcome}`),
        ['plans dead'],
      );
      assert.match(others[0]?.reason ?? '', /Something else|differ/);
    } finally {
      await release();
      await nodeRed.start();
    }
  });
});
