import { page, shortTime } from '../page';
import type { Catalogue } from './catalogue';
import type { HeldOffer } from './options';
import type { SimulatedSubscription } from './usage-options';

/** What the simulated billing system holds, for people. */
export function billingOverview(catalogue: Catalogue): string {
  const { offers } = catalogue.data;
  const { ledger } = catalogue;
  const subscriptions = catalogue.subscriptions.all();
  const tenants = new Map(subscriptions.map(subscription => [subscription.id, subscription]));
  const now = catalogue.now();
  const row = ({ offer, visibleAt }: HeldOffer): string[] => [
    offer.name,
    offer.kind,
    offer.state,
    seen(visibleAt, now),
    offer.price ?? '',
    String(offer.version),
    offer.key,
    offer.id,
  ];
  const lead =
    'Offers as this billing system knows them; some show only later. The page renews itself every two seconds.';
  return page('Simulated billing system', lead, [
    {
      title: 'Offers',
      columns: ['Name', 'Kind', 'State', 'Visible', 'Price', 'Version', 'Key', 'Id'],
      rows: offers.map(row),
      empty: 'No offer yet.',
    },
    {
      title: `Subscriptions (${subscriptions.length})`,
      columns: ['Name', 'Account', 'State', 'Offer', 'Last step', 'Since', 'Key', 'Id'],
      rows: subscriptions.slice(-20).reverse().map(subscriptionRow),
      empty: 'No subscription yet.',
    },
    {
      title: 'Usage of each tenant, added up',
      columns: ['Tenant', 'Account', 'Meter', 'Quantity', 'Records', 'Subscription'],
      rows: ledger.totals().map(({ subscription, meter, quantity, count }) => {
        const tenant = tenants.get(subscription);
        return [tenant?.name ?? '', tenant?.account ?? '', meter, quantity, String(count), subscription];
      }),
      empty: 'No usage yet.',
    },
    {
      title: `Last usage records (${ledger.count} in all)`,
      columns: ['Tenant', 'Meter', 'Quantity', 'From (UTC)', 'To (UTC)', 'Id'],
      rows: ledger
        .records()
        .slice(-20)
        .reverse()
        .map(({ id, subscription, meter, quantity, startTime, endTime }) => [
          tenants.get(String(subscription))?.name ?? String(subscription ?? ''),
          ...[meter, quantity].map(each => String(each ?? '')),
          ...[startTime, endTime].map(each => shortTime(String(each ?? ''))),
          id,
        ]),
      empty: ledger.count === 0 ? 'No usage yet.' : 'Only sums are kept.',
    },
  ]);
}

function subscriptionRow({ name, account, state, offer, history, key, id }: SimulatedSubscription): string[] {
  const last = history.at(-1);
  return [name ?? '', account ?? '', state, offer, last?.step ?? '', shortTime(last?.at ?? ''), key, id];
}

function seen(visibleAt: number | null, now: number): string {
  if (visibleAt === null) return 'never';
  return visibleAt <= now ? 'yes' : `in ${Math.ceil((visibleAt - now) / 1000)} s`;
}
