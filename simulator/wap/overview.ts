import { type PlanOrAddOn, planState } from '../../lib/wap/types';
import { page, shortTime } from '../page';
import type { Installation } from './installation';
import type { Subscription } from './subscriptions/subscription';

const stateNames = Object.entries(planState);

/** What the simulated WAP holds, for people. */
export function wapOverview(wap: Installation): string {
  const columns = ['Name', 'State', 'Configured', 'Quotas', 'Price', 'Subscriptions', 'Id'];
  const subscriptions = wap.subscriptions.all();
  const usage = wap.usage.summary();
  const names = new Map(wap.showAll('plan').map(({ Id, DisplayName }) => [Id, DisplayName]));
  const lead = 'What this WAP knows. The page renews itself every two seconds.';
  return page('Simulated WAP', lead, [
    { title: 'Plans', columns, rows: wap.showAll('plan').map(planRow), empty: 'No plan yet.' },
    { title: 'Add-ons', columns, rows: wap.showAll('addon').map(planRow), empty: 'No add-on yet.' },
    {
      title: `Subscriptions (${subscriptions.length})`,
      columns: ['Name', 'User', 'State', 'Plan', 'Add-ons', 'Created (UTC)', 'Id'],
      rows: subscriptions
        .slice(-20)
        .reverse()
        .map(item => subscriptionRow(item, names.get(item.PlanId) ?? item.PlanId)),
      empty: 'No subscription yet.',
    },
    {
      title: `Usage records (${usage.reached + usage.placed})`,
      columns: ['Planned', 'Come so far', 'Put in one by one'],
      rows: usage.planned + usage.placed === 0 ? [] : [[usage.planned, usage.reached, usage.placed].map(String)],
      empty: 'No usage yet.',
    },
    {
      title: 'Last events',
      columns: ['Id', 'Feed', 'State', 'Method', 'What', 'Parent', 'Time (UTC)'],
      rows: wap.events
        .all()
        .slice(-20)
        .reverse()
        .map(({ EventId, feed, State, Method, Entity, EntityParentId, NotificationEventTimeCreated }) => [
          String(EventId),
          feed,
          ['acknowledged', 'rejected', 'pending', 'approved'][State] ?? String(State),
          Method,
          String(Entity.DisplayName ?? Entity.Name ?? Entity.AddOnId ?? Entity.SubscriptionID ?? ''),
          EntityParentId ?? '',
          shortTime(NotificationEventTimeCreated),
        ]),
      empty: 'No event yet.',
    },
  ]);
}

function subscriptionRow(item: Subscription, plan: string): string[] {
  return [
    item.SubscriptionName ?? '',
    item.AccountAdminLiveEmailId ?? '',
    ['none', 'active', 'suspended', 'being deleted'][item.State] ?? String(item.State),
    plan,
    String(item.AddOnReferences.length),
    shortTime(item.Created),
    item.SubscriptionID,
  ];
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
