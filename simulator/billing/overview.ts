import { page } from '../page';
import type { Catalogue } from './catalogue';
import type { HeldOffer } from './options';

/** What the simulated billing system holds, for people. */
export function billingOverview(catalogue: Catalogue): string {
  const { offers, ledger } = catalogue.data;
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
      title: `Usage records (${ledger.length})`,
      columns: ['Id', 'Record'],
      rows: ledger
        .slice(-20)
        .reverse()
        .map(record => [record.id, JSON.stringify(record)]),
      empty: 'No usage yet.',
    },
  ]);
}

function seen(visibleAt: number | null, now: number): string {
  if (visibleAt === null) return 'never';
  return visibleAt <= now ? 'yes' : `in ${Math.ceil((visibleAt - now) / 1000)} s`;
}
