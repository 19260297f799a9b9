import assert from 'node:assert/strict';
import type { FlowNode } from '../harness/admin-api';
import { type Major, majors } from '../harness/repository';
import { killbill } from '../stand-ins/killbill';
import { lago } from '../stand-ins/lago';
import { openmeter } from '../stand-ins/openmeter';
import { stripe } from '../stand-ins/stripe';
import { type RunningStandIn, runStandIn, type SystemModel, type SystemUnderTest } from '../stand-ins/system';
import { aRecord } from '../unit/usage/meter/records';
import { type SaleWorld, startSale } from './sale-world';

const examples = ['put a plan on sale', 'the adapter', 'subscriptions follow WAP', 'Usage every minute to billing'];
const rate = { meter: 'sql-databases', unit: 'database-hours', unitPrice: '0.02' };

/** What an operator changes in the connection, and nothing else. */
function ofSystem({ settings: { provider, auth, options = {}, secondSecret } }: SystemUnderTest, url: string) {
  const { token, user, password } = { token: '', user: '', password: '', ...auth };
  const credentials = { token, password, secondSecret: secondSecret ?? '' };
  return { provider, baseUrl: url, user, tokenEnv: '', options: JSON.stringify(options), credentials };
}

/** What is said of a provider does not depend on the major of Node-RED, so each is tried on one. */
const tried: Array<[SystemUnderTest, Major, { rates: boolean }]> = [
  [stripe, 5, { rates: true }],
  [openmeter, 4, { rates: true }],
  [lago, 5, { rates: true }],
  [killbill, 4, { rates: false }],
];

for (const [system, major, { rates }] of tried.filter(([, each]) => majors().includes(each)))
  describe(`the examples with ${system.name}, changed in their connection only (Node-RED ${major})`, () => {
    let model: SystemModel;
    let there: RunningStandIn;
    let sale: SaleWorld;

    before(async function () {
      this.timeout(120_000);
      model = system.model();
      there = await runStandIn(model, system.base);
      const tune = (node: FlowNode): FlowNode => {
        if (node.type === 'billing-connection') return { ...node, ...ofSystem(system, there.url) };
        return node.type === 'billing-plan-create' && rates ? { ...node, rates: JSON.stringify([rate]) } : node;
      };
      sale = await startSale(major, examples, { tune });
    });
    after(async () => {
      await sale?.stop();
      await there?.close();
    });

    let used = 0;
    /** A record of an hour for each quantity. */
    const use = (id: string, quantities: number[]) => {
      const now = Math.floor(Date.now() / 3_600_000) * 3_600_000;
      const hour = (n: number) => new Date(now - n * 3_600_000).toISOString();
      sale.world.wap.seed({
        usage: quantities.map(n => {
          used += 1;
          return aRecord({
            ...{ EventId: used, ExternalRecordId: `x${used}`, ProviderName: 'sqlservers', SubscriptionId: id },
            ...{ StartTime: hour(3), EndTime: hour(2), Resources: { DatabaseCount: String(n) } },
          });
        }),
      });
    };
    /** What billing counts of a subscription, the smallest first. */
    const billed = (id: string) =>
      Object.values(model.billed()[id] ?? {})
        .flat()
        .map(Number)
        .sort((a, b) => a - b);

    it('put a plan on sale once billing has it, with its price', async function () {
      this.timeout(60_000);
      await sale.order('Gold');
      const plan = await sale.published('plan', 'Gold');
      assert.deepEqual(model.offers()[plan.Id]?.state, 'active');
      assert.equal(model.offers()[plan.Id]?.price, 4.9);
      assert.deepEqual(sale.world.messages('caught'), []);
    });

    it('let a subscription and its usage follow WAP, each billed once', async function () {
      this.timeout(90_000);
      const plan = await sale.published('plan', 'Gold');
      const { subscription } = await sale.world.wap.tenant.subscribe(plan.Id, 'anna@one.example');
      const id = subscription?.SubscriptionID ?? '';
      await sale.until('billing has it', () => model.subscriptions()[id] !== undefined, 20_000);
      assert.deepEqual(model.subscriptions(), { [id]: { offer: plan.Id, paused: false } });
      use(id, [3, 2]);
      await sale.until('its usage is there', () => billed(id).length === 2, 20_000);
      assert.deepEqual(billed(id), [2, 3]);
      assert.deepEqual(model.doubles(), []);
      assert.deepEqual(sale.world.messages('caught'), []);
    });

    it('bill every record once, though Node-RED is killed on the way and answers are lost', async function () {
      this.timeout(120_000);
      const [id = ''] = Object.keys(model.subscriptions());
      const before = billed(id).length;
      const more = Array.from({ length: 150 }, (_, n) => n + 10);
      use(id, more);
      for (const share of [10, 60]) {
        there.loseAnswer(3);
        await sale.until(`${share} are there`, () => billed(id).length >= before + share, 30_000);
        await sale.world.nodeRed.kill9();
        await sale.world.nodeRed.start();
      }
      await sale.until('all are there', () => billed(id).length >= before + more.length, 60_000);
      assert.deepEqual(billed(id), [2, 3, ...more]);
      assert.deepEqual(model.doubles(), []);
    });
  });
