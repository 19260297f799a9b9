import { type PlanOrAddOn, planState } from '../../lib/wap/types';
import { page } from '../page';
import type { WapState } from './options';

const stateNames = Object.entries(planState);

/** What the simulated WAP holds, for people. */
export function wapOverview(state: WapState): string {
  const columns = ['Name', 'State', 'Configured', 'Quotas', 'Price', 'Subscriptions', 'Id'];
  return page('Simulated WAP', 'Plans and add-ons as this WAP knows them. The page renews itself every two seconds.', [
    { title: 'Plans', columns, rows: state.plans.map(planRow), empty: 'No plan yet.' },
    { title: 'Add-ons', columns, rows: state.addons.map(planRow), empty: 'No add-on yet.' },
    {
      title: 'Last events',
      columns: ['Id', 'Feed', 'Method', 'What', 'Parent', 'Time (UTC)'],
      rows: state.events
        .slice(-20)
        .reverse()
        .map(({ EventId, feed, Method, Entity, EntityParentId, NotificationEventTimeCreated }) => [
          String(EventId),
          feed,
          Method,
          String(Entity.DisplayName ?? Entity.Name ?? Entity.AddOnId ?? Entity.SubscriptionID ?? ''),
          EntityParentId ?? '',
          NotificationEventTimeCreated,
        ]),
      empty: 'No event yet.',
    },
  ]);
}

function planRow(item: PlanOrAddOn): string[] {
  return [
    item.DisplayName,
    stateNames.find(([, value]) => value === item.State)?.[0] ?? String(item.State),
    item.ConfigState === 1 ? 'yes' : 'no',
    ['in sync', 'synchronising', 'out of sync'][item.QuotaSyncState] ?? String(item.QuotaSyncState),
    item.Price ?? '',
    String(item.SubscriptionCount),
    item.Id,
  ];
}
