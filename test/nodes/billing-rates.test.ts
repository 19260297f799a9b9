import assert from 'node:assert/strict';
import { aPlan } from '../builders';
import type { InProcess } from '../harness/in-process';
import { onMajorsOfThisNode } from '../harness/repository';
import { startInProcessWorld, type World } from '../harness/world';
import { lago } from '../stand-ins/lago';
import { type RunningStandIn, runStandIn, type SystemModel } from '../stand-ins/system';
import { Bench, nodesOf } from './bench';

const connection = {
  ...{
    id: 'billing-1',
    type: 'billing-connection',
    name: '',
    provider: 'lago',
    baseUrl: '${LAGO_URL}',
    target: 'shop',
  },
  ...{ tokenEnv: 'LAGO_KEY', options: '{"currency":"EUR"}', attemptSeconds: '5', totalSeconds: '5', retries: '0' },
};
const rate = { meter: 'cpu', unit: 'hours', unitPrice: '0.02' };
const about = (Id: string, rates?: unknown) => ({
  wap: { kind: 'plan', plan: aPlan({ Id, DisplayName: `Plan ${Id}` }) },
  ...(rates === undefined ? {} : { billing: { rates } }),
});

onMajorsOfThisNode('billing-plan-create, prices of usage', major => {
  let world: World<InProcess>;
  let bench: Bench;
  let model: SystemModel;
  let there: RunningStandIn;

  before(async function () {
    this.timeout(120_000);
    model = lago.model();
    there = await runStandIn(model, lago.base);
    world = await startInProcessWorld({ major, env: { LAGO_URL: there.url, LAGO_KEY: 'lago' } });
    const nodes = nodesOf(
      'billing-plan-create',
      { plain: {}, table: { rates: JSON.stringify([rate]) } },
      { billing: 'billing-1' },
    );
    bench = await Bench.start(world, [connection], nodes);
  });
  after(async () => {
    await world?.stop();
    await there?.close();
  });

  it('takes them from its table, and the price out of the words of WAP', async () => {
    await bench.answer('table', about('gold'));
    assert.deepEqual(model.offers().gold, { state: 'active', price: 19.9, rates: { cpu: 0.02 } });
  });

  it('takes them from the message while its table is empty, numbers too', async () => {
    const rates = [{ meter: 'ram', unitPrice: 0.5 }];
    await bench.answer('plain', about('silver', rates));
    assert.deepEqual(model.offers().silver?.rates, { ram: 0.5 });
    await bench.answer('table', about('bronze', rates));
    assert.deepEqual(model.offers().bronze?.rates, { cpu: 0.02 });
  });

  it('makes a plan without them where there are none', async () => {
    await bench.answer('plain', about('free'));
    assert.deepEqual(model.offers().free?.rates, {});
  });

  for (const [rates, words] of [
    [[{ meter: 'cpu' }], /Or prices from\[0\]\.unitPrice/],
    [[{ meter: 'cpu', unitPrice: '0,02' }], /Prices of usage, row 1, unit price.*Write it like 0\.0125/],
    ['cheap', /Or prices from/],
  ] as const)
    it(`refuses ${JSON.stringify(rates)}, and makes nothing`, async () => {
      const changes = there.changes.length;
      const { code, message } = await bench.error('plain', about('odd', rates));
      assert.equal(code, 'INPUT_INVALID');
      assert.match(message, words);
      assert.equal(there.changes.length, changes);
    });
});
