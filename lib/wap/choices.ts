import type { Choice } from '../choice';
import type { WapAdmin } from './client/admin';
import type { WapSubscriptions } from './subscriptions/subscriptions';
import type { Kind, Subscription } from './types';

/** What one field of a dialog suggests. */
type List = (
  wap: { admin: WapAdmin; subscriptions: WapSubscriptions },
  signal: AbortSignal,
  text: string,
) => Promise<Choice[]>;

const plans =
  (kind: Kind): List =>
  async ({ admin }, signal) =>
    (await admin.list(kind, { signal })).map(({ Id, DisplayName }) => ({ value: Id, label: `${DisplayName} · ${Id}` }));

/** There may be too many subscriptions to list, so WAP searches the names of users and plans for the text. */
const found = 50;

/** The first page of a search, which is all that a dialog shows. */
async function firstFound(subscriptions: WapSubscriptions, text: string, signal: AbortSignal): Promise<Subscription[]> {
  for await (const page of subscriptions.pages(text ? { text } : {}, { pageSize: found, signal })) return page;
  return [];
}

/** Names first, for people; the id last, because names repeat. */
const labelled = (id: string, ...names: Array<string | null>): string =>
  [...names, id].filter(name => name !== null && name !== '').join(' · ');

/** What dialogs suggest: plans, add-ons and subscriptions by id, services and users by name, instances of services by id.
 *  `text` is what was typed so far, for lists that are searched rather than shown whole. */
export const wapChoices = {
  plan: plans('plan'),
  addon: plans('addon'),
  service: async ({ admin }, signal) =>
    (await admin.resourceProviders(false, { signal })).map(({ Name, DisplayName }) => ({
      value: Name,
      label: DisplayName ? `${Name} · ${DisplayName}` : Name,
    })),
  instance: async ({ admin }, signal) =>
    (await admin.resourceProviders(false, { signal })).map(({ Name, InstanceId, InstanceDisplayName }) => ({
      value: InstanceId,
      label: `${InstanceDisplayName || Name} · ${InstanceId}`,
    })),
  subscription: async ({ subscriptions }, signal, text) =>
    (await firstFound(subscriptions, text, signal)).map(
      ({ SubscriptionID: id, SubscriptionName: name, AccountAdminLiveEmailId: user, OfferFriendlyName: plan }) => ({
        value: id,
        label: labelled(id, user, name ?? plan),
      }),
    ),
  user: async ({ subscriptions }, signal, text) => {
    const users = (await firstFound(subscriptions, text, signal)).map(item => item.AccountAdminLiveEmailId ?? '');
    return [...new Set(users)].filter(user => user !== '').map(user => ({ value: user, label: user }));
  },
} satisfies Record<string, List>;
