import assert from 'node:assert/strict';
import type { FlowNode } from '../harness/admin-api';
import { onEachMajor } from '../harness/repository';
import {
  Desk,
  Drawing,
  killed,
  mapper,
  quantitiesOf,
  type Second,
  startSecond,
  stored,
  usageLines,
} from './customised';
import { notSold } from './sale-checks';
import { type SaleWorld, startSale } from './sale-world';

/** Both WAPs have tenants of the same ids. */
const subscriptions = ['s1', 's2'];
const billings = ['Billing', 'Second billing'];
const waps = ['WAP', 'Second WAP'];
/** What a subscription is called in billing. */
const tenant = (wap: string, billing: string, id: string) => `${id} of ${wap} in ${billing}`;

onEachMajor('a second WAP and a second billing system', major => {
  let sale: SaleWorld;
  let desk: Desk;
  let second: Second;

  before(async function () {
    this.timeout(120_000);
    second = await startSecond();
    const quick = { wap: { quotaSyncMs: 0 }, billing: { offerDelayMs: 0 } };
    sale = await startSale(major, ['03 - Daily', '19 - One'], { env: second.env, ...quick });
    desk = new Desk(sale.world);
  });
  after(async () => {
    await sale?.stop();
    await second?.stop();
  });

  const both = () => Drawing.of('03 - Daily', '19 - One');
  const ended = (run: string, text: string) =>
    sale.until(`${run} ends`, async () => (await desk.runs(text))[run] === 'completed');
  const pairs = () => [sale.world, second];
  const installations = () => [new URL(sale.world.wap.adminUrl).host, 'second'];

  /** The tabs of both examples once more, with the second WAP; sales of it go to the second billing system. */
  function four(): FlowNode[] {
    const drawing = both();
    const other = drawing.the('Second billing').id;
    drawing.include({
      ...{ ...drawing.the('WAP'), id: 'wap 2', name: 'Second WAP', installation: 'second' },
      ...{ adminUrl: '${WAP2_ADMIN_URL}', usageUrl: '${WAP2_USAGE_URL}', stsUrl: '${WAP2_STS_URL}' },
      ...{ user: '${WAP2_USER}', passwordEnv: 'WAP2_PASSWORD' },
      ...{ usageUser: '${WAP2_USAGE_USER}', usagePasswordEnv: 'WAP2_USAGE_PASSWORD' },
    });
    const onSecond = (node: FlowNode) => (node.connection === undefined ? {} : { connection: 'wap 2' });
    drawing.copy('19 Two billing systems', onSecond).copy('3 Daily and by hand', node => ({
      ...onSecond(node),
      ...(node.billing === undefined ? {} : { billing: other }),
      ...(node.type === 'wap-workflow-start' ? { workflowName: 'daily plan of the second' } : {}),
      ...(node.type === 'inject' ? { name: `${node.name}, second` } : {}),
    }));
    const maps = waps.flatMap(wap =>
      billings.map(billing => {
        const of = Object.fromEntries(subscriptions.map(id => [id, tenant(wap, billing, id)]));
        return { wap, billing, of };
      }),
    );
    return mapper(drawing, maps).nodes;
  }

  it('keeps usage of both WAPs in both billing systems apart, and sales of both, through kills', async function () {
    this.timeout(120_000);
    const [one, two] = [sale.world, second];
    const always = { times: Number.POSITIVE_INFINITY };
    const sent = { kind: 'hold', method: 'POST', path: '/usage', ...always } as const;
    const held = [
      one.wap.faults.add({ kind: 'hold', method: 'POST', path: '/plans' }),
      two.billing.faults.add({ kind: 'hold', method: 'POST', path: '/offers' }),
      one.billing.faults.add({ ...sent, skip: 1 }),
      two.billing.faults.add(sent),
    ];
    await sale.draw(four());
    await sale.press('map all');
    for (const [index, { wap }] of pairs().entries())
      wap.seed({ usage: { count: 400, subscriptions, seed: major * 10 + index } });
    await sale.press('Sell Bronze Hosting');
    await sale.press('Sell Bronze Hosting, second');
    await Promise.all(held.map(fault => fault.untilHit()));
    await killed(one, ...held);
    const lost = two.billing.faults.add({ ...sent, kind: 'hold-before' });
    await lost.untilHit();
    await killed(one, lost);

    const wanted = pairs().map(({ wap }, index) => quantitiesOf(wap, installations()[index] ?? ''));
    const ledgers = () => pairs().map(({ billing }) => billing.state.ledger);
    await sale.until('all usage', () => ledgers().every(({ length }) => length >= wanted.flat().length), 60_000);
    for (const [index, ledger] of ledgers().entries()) {
      const expected = wanted.flatMap((quantities, from) =>
        quantities.map(({ key: id, wapSubscriptionId, meter, quantity }) => {
          const subscription = tenant(waps[from] ?? '', billings[index] ?? '', wapSubscriptionId);
          return { id, subscription, meter, quantity };
        }),
      );
      assert.deepEqual(usageLines(ledger), usageLines(expected));
    }
    await sale.until('all of it is settled', async () => (await desk.unsettled()) === 0);
    await ended('daily plan, Bronze Hosting', 'Bronze');
    await ended('daily plan of the second, Bronze Hosting', 'Bronze');
    const ids = pairs().map(({ wap, billing }) => {
      const plans = wap.state.plans.filter(({ DisplayName, State }) => DisplayName === 'Bronze Hosting' && State === 1);
      assert.deepEqual(
        billing.state.offers.map(({ key, state }) => [key, state]),
        plans.map(({ Id }) => [Id, 'active']),
      );
      return plans.map(({ Id }) => Id);
    });
    assert.deepEqual(
      ids[0],
      ids[1],
      'the two plans should have the same id, so that only the installation tells them apart',
    );
    assert.deepEqual(sale.world.messages('caught'), []);
  });

  it('sells in one run through both billing systems, and makes the plan public once both have it', async () => {
    const drawing = both();
    const elsewhere = { billing: drawing.the('Second billing').id, g: undefined };
    drawing
      .add('make public', {
        ...drawing.the('create in billing'),
        ...elsewhere,
        id: 'create 2',
        name: 'create in second',
      })
      .add('make public', { ...drawing.the('update mapping'), ...elsewhere, id: 'map 2', name: 'second mapping' })
      .add('make public', {
        ...{ type: 'wap-workflow-join', name: 'both have it', branches: '', branchesType: 'num', mergeRule: 'names' },
        ...{ missing: 'wait', failed: 'stop', deadlineMinutes: '', wires: [[], []] },
      })
      .wire('services and quotas', ['create in billing', 'create in second'])
      .wire('create in second', ['second mapping'])
      .wire('update mapping', ['both have it'])
      .wire('second mapping', ['both have it'])
      .wire('both have it', ['make public']);
    await sale.draw(drawing.nodes);
    const held = pairs().map(({ billing }) => billing.faults.add({ kind: 'hold', method: 'POST', path: '/offers' }));
    await sale.order('Twofold');
    await Promise.all(held.map(fault => fault.untilHit()));
    await killed(sale.world, ...held);
    await ended('daily plan, Twofold', 'Twofold');
    assert.deepEqual(await notSold(sale, 'plan', 'Twofold'), []);

    // The second one is away for the next, over a kill.
    const away = second.billing.faults.add({ kind: 'hold-before', path: /^\/offers/, times: Number.POSITIVE_INFINITY });
    await sale.order('Later');
    await away.untilHit();
    await sale.until(
      'the first has it',
      async () => (sale.plan('plan', 'Later')?.Id ?? '') in (await sale.mapped('plan')),
    );
    await killed(sale.world);
    await away.untilHit(2);
    assert.equal(sale.plan('plan', 'Later')?.State, 0);
    away.remove();
    await ended('daily plan, Later', 'Later');
    assert.deepEqual(await notSold(sale, 'plan', 'Later'), []);
    for (const { billing } of pairs()) {
      const sold = billing.state.offers.map(({ name, state }) => `${name}: ${state}`).sort();
      assert.deepEqual(sold, ['Bronze Hosting: active', 'Later: active', 'Twofold: active']);
    }
    assert.deepEqual(sale.world.messages('caught'), []);
  });

  it('has each run once in the state file, and each pair under its own two systems', async () => {
    await sale.world.nodeRed.kill9();
    const { runs, openSteps, mapping, delivered, openUsage } = await stored(sale.world);
    const names = ['Bronze Hosting', 'Later', 'Twofold'].map(name => `daily plan, ${name}: completed`);
    assert.deepEqual([runs, openSteps], [['daily plan of the second, Bronze Hosting: completed', ...names], []]);

    const last = pairs().map(({ wap }) => Math.max(...[...wap.expectedUsage()].map(({ EventId }) => EventId)));
    assert.deepEqual([delivered.sort(), openUsage], [[...last, ...last].sort(), []]);

    const targets = pairs().map(({ billing }) => new URL(billing.url).host);
    const plans = pairs().flatMap(({ billing }, to) =>
      billing.state.offers.map(({ key, id, name }) => {
        const from = name === 'Bronze Hosting' ? to : 0;
        return [installations()[from], targets[to], 'plan', key, id];
      }),
    );
    const tenants = waps.flatMap((wap, from) =>
      billings.flatMap((billing, to) =>
        subscriptions.map(id => [installations()[from], targets[to], 'subscription', id, tenant(wap, billing, id)]),
      ),
    );
    assert.deepEqual(
      mapping
        .map(({ installation, target, kind, wap_id, billing_id }) =>
          [installation, target, kind, wap_id, billing_id].join(' '),
        )
        .sort(),
      [...plans, ...tenants].map(each => each.join(' ')).sort(),
    );
  });
});
