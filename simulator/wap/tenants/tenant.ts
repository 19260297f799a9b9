import { type Open, type PlanAddOnReference, planState } from '../../../lib/wap/types';
import { badRequest, conflict } from '../errors';
import type { WapFeed } from '../events/event';
import type { Installation } from '../installation';
import {
  addAddOn,
  boughtEntity,
  changeable,
  checkAddOn,
  createdEntity,
  instanceOf,
  keepSubscription,
  newSubscription,
  removeAddOn,
  startDeletion,
} from '../subscriptions/changes';
import { noTime, patchEntity, type Subscription } from '../subscriptions/subscription';
import { sevenDigits } from '../time';
import { subscriptionView } from '../views';
import type { ApprovalVerdict, Tenant, TenantAnswer } from './approval-options';
import type { Subscribers } from './subscribers';

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One wish of a tenant, as it is asked about and as it is carried out. */
interface Wish {
  feed: WapFeed & ('subscriptions' | 'subscriptionAddons');
  method: Method;
  entity: Open;
  parentId: string | null;
  subscriptionId: string;
  /** Called once it is accepted; gives the entity that the acknowledged event shows. @throws when WAP can no longer do it */
  carryOut: () => Open;
}

/** The tenant portal: each wish is asked about, then carried out or not (dn528456, dn448711, dn448726). */
export function tenantOf(wap: Installation, subscribers: Subscribers, changed: () => void): Tenant {
  const wish = (wanted: Wish): Promise<TenantAnswer> => decide(wap, subscribers, wanted, changed);
  return {
    subscribe: async (planId, user, more = {}) => {
      wap.settle();
      const wanted = { ...more, PlanId: planId, AccountAdminLiveEmailId: user };
      checkPlan(wap, planId, user);
      const asked = newSubscription(wap, wanted);
      return wish({
        feed: 'subscriptions',
        method: 'POST',
        // A request shows no state and no time yet (dn448711).
        entity: { ...asked, CoAdminNames: [], State: 0, Created: noTime, Services: [] },
        parentId: null,
        subscriptionId: asked.SubscriptionID,
        carryOut: () => {
          const made = newSubscription(wap, { ...wanted, SubscriptionID: asked.SubscriptionID });
          keepSubscription(wap, made);
          return createdEntity(made);
        },
      });
    },
    unsubscribe: async id => {
      wap.settle();
      const subscription = changeable(wap, id);
      return wish({
        ...ofSubscription(subscription, 'DELETE', subscription),
        carryOut: () => {
          startDeletion(wap, id, false, true);
          return subscription;
        },
      });
    },
    buyAddOn: async (id, addOnId) => {
      wap.settle();
      const subscription = changeable(wap, id);
      checkAddOn(wap, subscription, addOnId);
      return wish({
        ...ofAddOn(subscription, 'POST', boughtEntity(addOnId)),
        carryOut: () => {
          const now = changeable(wap, id);
          checkAddOn(wap, now, addOnId);
          addAddOn(wap, now, addOnId);
          return boughtEntity(addOnId);
        },
      });
    },
    dropAddOn: async (id, addOnId, instanceId) => {
      wap.settle();
      const subscription = changeable(wap, id);
      const reference = instanceOf(subscription, addOnId, instanceId);
      return wish({
        ...ofAddOn(subscription, 'DELETE', reference),
        carryOut: () => {
          const now = changeable(wap, id);
          removeAddOn(wap, now, instanceOf(now, addOnId, reference.AddOnInstanceId ?? undefined));
          return reference;
        },
      });
    },
    update: async (id, change, method = 'PUT') => {
      wap.settle();
      const subscription = changeable(wap, id);
      const entity = (now: Subscription) =>
        method === 'PUT' ? { ...now, ...change } : patchEntity(now.SubscriptionID, change);
      return wish({
        ...ofSubscription(subscription, method, entity(subscription)),
        carryOut: () => {
          const now = changeable(wap, id);
          keepSubscription(wap, { ...now, ...change });
          return entity(now);
        },
      });
    },
    price: async (id, query = {}) => {
      const plan = wap.data.plans.some(known => known.Id === id);
      if (!plan) wap.addon(id);
      return subscribers.price(plan ? '/planPrice' : '/addonPrice', { id, ...query });
    },
  };
}

async function decide(
  wap: Installation,
  subscribers: Subscribers,
  wish: Wish,
  changed: () => void,
): Promise<TenantAnswer> {
  const { feed, method, entity, parentId, subscriptionId } = wish;
  // Without anybody to wait for, it is acknowledged at once (dn528456).
  if (!subscribers.blocking) {
    const event = wap.raise(feed, method, wish.carryOut(), parentId);
    changed();
    await subscribers.approve(...request(wish, event.EventId, wap.now()));
    return answerOf(wap, true, event.EventId, subscriptionId, []);
  }
  const { EventId } = wap.raise(feed, method, entity, parentId, 2);
  changed();
  const verdicts = await subscribers.approve(...request(wish, EventId, wap.now()));
  const accepted = verdicts.every(({ outcome }) => outcome === 'accepted') && tryTo(wap, wish, EventId);
  if (!accepted) wap.settleEvent(EventId, 1);
  changed();
  return answerOf(wap, accepted, EventId, subscriptionId, verdicts);
}

/** False when something has changed meanwhile, so that WAP cannot do it any more. */
function tryTo(wap: Installation, wish: Wish, eventId: number): boolean {
  try {
    wap.settleEvent(eventId, 0, wish.carryOut());
    return true;
  } catch {
    return false;
  }
}

function request({ feed, method, entity, parentId }: Wish, EventId: number, now: number) {
  const path = feed === 'subscriptions' ? '/subscriptions' : '/subscriptionAddons';
  const body = {
    EventId,
    State: 2,
    Method: method,
    Entity: entity,
    EntityParentId: parentId,
    NotificationEventTimeCreated: sevenDigits(now, EventId),
  };
  return [
    path,
    (subscriber: { addOnVerb?: 'PUT' | 'POST' }) => verb(feed, method, subscriber.addOnVerb),
    body,
  ] as const;
}

/** The verb of HTTP tells little: a deletion is posted too; what the pages leave out goes by its method (assumed). */
function verb(feed: Wish['feed'], method: Method, addOnVerb: 'PUT' | 'POST' = 'PUT'): string {
  if (method === 'DELETE') return 'POST';
  return feed === 'subscriptionAddons' ? addOnVerb : method;
}

function answerOf(
  wap: Installation,
  accepted: boolean,
  eventId: number,
  subscriptionId: string,
  verdicts: ApprovalVerdict[],
): TenantAnswer {
  const event = wap.events.find(eventId);
  if (!event) throw new Error('The event has been lost.');
  const subscription = wap.subscriptions.find(subscriptionId);
  return structuredClone({
    accepted,
    event,
    verdicts,
    subscription: subscription ? subscriptionView(wap, subscription) : null,
  });
}

function ofSubscription({ SubscriptionID }: Subscription, method: Method, entity: Open) {
  return { feed: 'subscriptions', method, entity, parentId: null, subscriptionId: SubscriptionID } as const;
}

function ofAddOn({ SubscriptionID }: Subscription, method: Method, entity: PlanAddOnReference) {
  const about = { parentId: SubscriptionID, subscriptionId: SubscriptionID };
  return { feed: 'subscriptionAddons', method, entity, ...about } as const;
}

/** Tenants see public plans only, and may have `MaxSubscriptionsPerAccount` of one (-1: any number). */
function checkPlan(wap: Installation, planId: string, user: string): void {
  const plan = wap.plan(planId);
  if (plan.State !== planState.public) throw badRequest(`Plan '${planId}' is not public.`, 'PlanId');
  if (plan.MaxSubscriptionsPerAccount < 0) return;
  const name = user.toLowerCase();
  if (wap.subscriptions.ofUser(user) === 0) return;
  const own = wap.subscriptions
    .all()
    .filter(known => known.PlanId === planId && known.AccountAdminLiveEmailId?.toLowerCase() === name);
  if (own.length >= plan.MaxSubscriptionsPerAccount) {
    throw conflict(`'${user}' has as many subscriptions to '${planId}' as an account may.`, 'PlanId');
  }
}
