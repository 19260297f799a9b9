import {
  readAddOn,
  readList,
  readObject,
  readOptionalList,
  readOptionalText,
  readOptionalWhole,
  readReference,
  readText,
  readWhole,
  unreadable,
} from '../client/read';
import type { Paged, PlanAddOnReference, Subscription } from '../types';
import { subscriptionState } from '../types';

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

/** A subscription's add-on instances. Null means none (assumed, as everywhere); absent means unknown.
 *  @throws WAP_BAD_RESPONSE */
export function readInstances(value: unknown, what: string): PlanAddOnReference[] {
  const { AddOnReferences } = readObject(value, what);
  if (AddOnReferences === undefined) throw unreadable(`${what}.AddOnReferences`, 'a list', AddOnReferences);
  return readSubscription(value, what).AddOnReferences;
}

/** A page: the documented wrapper (dn448827), or a bare list without a count. An answer without items is an error, not an empty
 *  list.
 *  @throws WAP_BAD_RESPONSE */
export function readPage<T>(value: unknown, what: string, read: (item: unknown, what: string) => T): Paged<T> {
  if (Array.isArray(value)) return { items: readList(value, what, read), filteredTotalCount: null, totalCount: null };
  const page = readObject(value, what);
  return {
    items: readList(page.items ?? page.Items, `${what}.items`, read),
    // Both counts may be null (dn448827).
    filteredTotalCount: readOptionalWhole(page.filteredTotalCount, `${what}.filteredTotalCount`),
    totalCount: readOptionalWhole(page.totalCount, `${what}.totalCount`),
  };
}
