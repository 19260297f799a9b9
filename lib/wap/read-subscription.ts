import { readAddOn, readObject, readOptionalList, readOptionalText, readReference, readText, readWhole } from './read';
import type { Paged, Subscription } from './types';
import { subscriptionState } from './types';

/** Source: dn448740. The pages and the SDK disagree on the case of its id, so each is read. Unknown fields are kept;
 *  absent lists become `[]`, absent texts null. @throws WAP_BAD_RESPONSE */
export function readSubscription(value: unknown, what: string): Subscription {
  const object = readObject(value, what);
  const { SubscriptionID, SubscriptionId, ...rest } = object;
  return {
    ...rest,
    SubscriptionID: readText(SubscriptionID ?? SubscriptionId, `${what}.SubscriptionID`),
    SubscriptionName: readOptionalText(object.SubscriptionName, `${what}.SubscriptionName`),
    AccountAdminLiveEmailId: readOptionalText(object.AccountAdminLiveEmailId, `${what}.AccountAdminLiveEmailId`),
    ServiceAdminLiveEmailId: readOptionalText(object.ServiceAdminLiveEmailId, `${what}.ServiceAdminLiveEmailId`),
    CoAdminNames: readOptionalList(object.CoAdminNames, `${what}.CoAdminNames`, readText),
    AddOnReferences: readOptionalList(object.AddOnReferences, `${what}.AddOnReferences`, readReference),
    AddOns: readOptionalList(object.AddOns, `${what}.AddOns`, readAddOn),
    State: readWhole(object.State, `${what}.State`, subscriptionState.none),
    QuotaSyncState: readWhole(object.QuotaSyncState, `${what}.QuotaSyncState`, 0),
    ActivationSyncState: readWhole(object.ActivationSyncState, `${what}.ActivationSyncState`, 0),
    PlanId: readOptionalText(object.PlanId, `${what}.PlanId`) ?? '',
    LastErrorMessage: readOptionalText(object.LastErrorMessage, `${what}.LastErrorMessage`),
    OfferFriendlyName: readOptionalText(object.OfferFriendlyName, `${what}.OfferFriendlyName`),
    Created: readOptionalText(object.Created, `${what}.Created`) ?? '',
  };
}

/** A page: the documented wrapper (dn448827), or a bare list, which is then all there is. @throws WAP_BAD_RESPONSE */
export function readPage<T>(value: unknown, what: string, read: (item: unknown, what: string) => T): Paged<T> {
  if (Array.isArray(value)) {
    const items = readOptionalList(value, what, read);
    return { items, filteredTotalCount: items.length, totalCount: items.length };
  }
  const page = readObject(value, what);
  return {
    items: readOptionalList(page.items ?? page.Items, `${what}.items`, read),
    filteredTotalCount: countOf(page.filteredTotalCount, `${what}.filteredTotalCount`),
    totalCount: countOf(page.totalCount, `${what}.totalCount`),
  };
}

/** Both counts may be null (dn448827). */
function countOf(value: unknown, what: string): number | null {
  return value === undefined || value === null ? null : readWhole(value, what, 0);
}
