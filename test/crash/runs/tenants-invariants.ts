/** What must be true of a tenant's run however often the process was killed: from WAP, billing, the HTTP log and the mapping. */
import { isDeepStrictEqual } from 'node:util';
import type { World } from '../../harness/world';
import { wrongEnd } from './invariants';
import { accountOf, subscriptionOf } from './tenants-flow';
import type { SaleReport } from './world';

/** Sentences about what is wrong; empty when all is right. */
export function wrongTenant(world: World, report: SaleReport): string[] {
  const wrong = wrongEnd(world, report);
  const must = (holds: boolean, otherwise: string) => {
    if (!holds) wrong.push(otherwise);
  };
  const id = subscriptionOf(report.number);
  const { subscriptions, events } = world.wap.state;
  const inWap = subscriptions.find(({ SubscriptionID }) => SubscriptionID === id);
  const bought = inWap?.AddOnReferences ?? [];
  must(inWap?.State === 1 && inWap.PlanId === 'silver', `WAP has state ${inWap?.State} on ${inWap?.PlanId}`);
  must(bought.length === 1, `the add-on was bought ${bought.length} times`);
  const purchases = events.filter(({ feed, EntityParentId }) => feed === 'subscriptionAddons' && EntityParentId === id);
  must(purchases.length === 1, `WAP told of ${purchases.length} purchases`);

  const [whole, addOn, ...more] = billedOf(world, id);
  must(more.length === 0, `billing has ${more.map(({ key }) => key).join(', ')} too`);
  must(
    whole?.key === id && whole.account === accountOf(report.number),
    `billing has ${whole?.key} of ${whole?.account}`,
  );
  must(
    addOn?.key === `${id}.${bought[0]?.AddOnInstanceId}` && addOn.offer === 'extra',
    `billing has ${addOn?.key} on ${addOn?.offer}`,
  );
  const steps = (of: typeof whole) => of?.history.map(({ step, offer }) => `${step} ${offer}`);
  must(
    isDeepStrictEqual(steps(whole), ['created gold', 'suspended gold', 'resumed gold', 'plan-changed silver']),
    `billing did ${steps(whole)}`,
  );
  must(
    isDeepStrictEqual(steps(addOn), ['created extra', 'suspended extra', 'resumed extra']),
    `billing did ${steps(addOn)} to the add-on`,
  );
  return wrong;
}

/** The subscription, its add-on and its account lead to what billing has, and nothing else is mapped. */
export function wrongTenantMapping(
  world: World,
  { number }: SaleReport,
  entries: Array<Record<string, unknown>>,
): string[] {
  const id = subscriptionOf(number);
  const account = accountOf(number);
  const [whole, addOn] = billedOf(world, id);
  const mine = entries
    .filter(({ wapId }) => wapId === account || String(wapId).startsWith(id))
    .map(({ kind, wapId, billingId }) => `${kind} ${wapId} ${billingId}`)
    .sort();
  const expected = [
    `account ${account} ${whole?.id}`,
    `subscription ${id} ${whole?.id}`,
    `subscriptionAddon ${addOn?.key} ${addOn?.id}`,
  ];
  return isDeepStrictEqual(mine, expected) ? [] : [`the mapping holds ${mine.join(', ')}, not ${expected.join(', ')}`];
}

function billedOf({ billing }: World, id: string) {
  const mine = billing.state.subscriptions.filter(({ key }) => key.startsWith(id));
  return mine.sort((a, b) => (a.key < b.key ? -1 : 1));
}
