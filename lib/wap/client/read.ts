import { AdapterError, shapeOf } from '../../errors';
import type { Kind, MetricSet, Open, Plan, PlanAddOn, PlanAddOnReference, PlanOrAddOn, ServiceQuota } from '../types';
import { planState } from '../types';

/** @throws WAP_BAD_RESPONSE that names what was read, its field and its shape, never its content */
export function unreadable(what: string, wanted: string, value: unknown): AdapterError {
  const message = `WAP answered something that cannot be read: ${what} should be ${wanted}, but is ${shapeOf(value)}.`;
  // Retryable: an odd answer may be a passing fault, and reading is safe to repeat.
  return new AdapterError('WAP_BAD_RESPONSE', message, { subject: what, retryable: true });
}

/** A copy of an object, with all its fields. @throws WAP_BAD_RESPONSE */
export function readObject(value: unknown, what: string): Open {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(what, 'an object', value);
  return { ...value };
}

/** Reads every element by `read`; the error names the place of a bad one, e.g. `plans[3].Id`. */
export function readList<T>(value: unknown, what: string, read: (element: unknown, what: string) => T): T[] {
  if (!Array.isArray(value)) throw unreadable(what, 'a list', value);
  return value.map((element, index) => read(element, `${what}[${index}]`));
}

/** A list; WAP leaves empty lists out or writes null. */
export function readOptionalList<T>(value: unknown, what: string, read: (element: unknown, what: string) => T): T[] {
  return value === undefined || value === null ? [] : readList(value, what, read);
}

/** A text that is not empty. @throws WAP_BAD_RESPONSE */
export function readText(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw unreadable(what, 'a text', value);
  return value;
}

/** A text, which may be empty; null when absent. @throws WAP_BAD_RESPONSE */
export function readOptionalText(value: unknown, what: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw unreadable(what, 'a text or null', value);
  return value;
}

/** A whole number, also when written as text; `preset` when absent. */
export function readWhole(value: unknown, what: string, preset: number): number {
  if (value === undefined || value === null) return preset;
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw unreadable(what, 'a whole number', value);
  return number;
}

/** As `readWhole`, but null when absent. */
export function readOptionalWhole(value: unknown, what: string): number | null {
  return value === undefined || value === null ? null : readWhole(value, what, 0);
}

/** Renames a field that a page of the documentation misspells. */
function renamed(object: Open, wrong: string, right: string): Open {
  if (!(wrong in object)) return object;
  const { [wrong]: value, ...rest } = object;
  return right in rest ? rest : { ...rest, [right]: value };
}

/** A quota's setting; its value stays as it is, see `ServiceQuotaSetting`. */
function readSetting(value: unknown, what: string) {
  const setting = readObject(value, what);
  const text = setting.Value;
  if (text !== undefined && text !== null && typeof text !== 'string')
    throw unreadable(`${what}.Value`, 'a text', text);
  return { ...setting, Key: readText(setting.Key, `${what}.Key`), Value: text ?? '' };
}

/** A service with its quotas (dn448788); without settings it has none. @throws WAP_BAD_RESPONSE */
export function readServiceQuota(value: unknown, what: string): ServiceQuota {
  const quota = readObject(value, what);
  return {
    ...quota,
    ServiceName: readText(quota.ServiceName, `${what}.ServiceName`),
    ServiceInstanceId: readOptionalText(quota.ServiceInstanceId, `${what}.ServiceInstanceId`) ?? '',
    Settings: readOptionalList(quota.Settings, `${what}.Settings`, readSetting),
  };
}

/** One language of the public text. */
function readAdvertisement(value: unknown, what: string) {
  const advertisement = readObject(value, what);
  return {
    ...advertisement,
    LanguageCode: readText(advertisement.LanguageCode, `${what}.LanguageCode`),
    DisplayName: readOptionalText(advertisement.DisplayName, `${what}.DisplayName`),
    Description: readOptionalText(advertisement.Description, `${what}.Description`),
  };
}

/** dn448772 misspells `AcquisitionTime`. */
export function readReference(value: unknown, what: string): PlanAddOnReference {
  const reference = renamed(readObject(value, what), 'AquisitionTime', 'AcquisitionTime');
  return {
    ...reference,
    AddOnId: readText(reference.AddOnId, `${what}.AddOnId`),
    AddOnInstanceId: readOptionalText(reference.AddOnInstanceId, `${what}.AddOnInstanceId`),
    AcquisitionTime: readOptionalText(reference.AcquisitionTime, `${what}.AcquisitionTime`),
  };
}

/** The fields that plans and add-ons share. `State` is required: nothing may be taken for private by mistake. */
function readBase(object: Open, what: string) {
  if (object.State === undefined || object.State === null)
    throw unreadable(`${what}.State`, 'a whole number', object.State);
  return {
    ...object,
    Id: readText(object.Id, `${what}.Id`),
    DisplayName: readText(object.DisplayName, `${what}.DisplayName`),
    State: readWhole(object.State, `${what}.State`, planState.private),
    ConfigState: readWhole(object.ConfigState, `${what}.ConfigState`, 0),
    QuotaSyncState: readWhole(object.QuotaSyncState, `${what}.QuotaSyncState`, 0),
    LastErrorMessage: readOptionalText(object.LastErrorMessage, `${what}.LastErrorMessage`),
    Advertisements: readOptionalList(object.Advertisements, `${what}.Advertisements`, readAdvertisement),
    ServiceQuotas: readOptionalList(object.ServiceQuotas, `${what}.ServiceQuotas`, readServiceQuota),
    SubscriptionCount: readOptionalWhole(object.SubscriptionCount, `${what}.SubscriptionCount`),
    Price: readOptionalText(object.Price, `${what}.Price`),
  };
}

/** A plan or add-on as WAP writes it; names that a page of the documentation misspells are put right. */
export function writtenObject(kind: Kind, value: unknown, what: string): Open {
  const object = readObject(value, what);
  if (kind === 'plan') return renamed(object, 'Addons', 'AddOns');
  return renamed(object, 'MaxOccurencesPerPlan', 'MaxOccurrencesPerPlan');
}

/** Source: dn448627, which spells `Addons`; the SDK spells `AddOns`; both are read. A missing maximum is 1, WAP's own default. */
export function readPlan(value: unknown, what = 'plan'): Plan {
  const object = writtenObject('plan', value, what);
  return {
    ...readBase(object, what),
    MaxSubscriptionsPerAccount: readWhole(object.MaxSubscriptionsPerAccount, `${what}.MaxSubscriptionsPerAccount`, 1),
    AddOnReferences: readOptionalList(object.AddOnReferences, `${what}.AddOnReferences`, readReference),
    AddOns: readOptionalList(object.AddOns, `${what}.AddOns`, readAddOn),
    InvitationCode: readOptionalText(object.InvitationCode, `${what}.InvitationCode`),
  };
}

/** Source: dn448610. It misspells `MaxOccurencesPerPlan`: both are read. */
export function readAddOn(value: unknown, what = 'add-on'): PlanAddOn {
  const object = writtenObject('addon', value, what);
  return {
    ...readBase(object, what),
    AssociatedPlans: readOptionalList(object.AssociatedPlans, `${what}.AssociatedPlans`, readPlan),
    MaxOccurrencesPerPlan: readWhole(object.MaxOccurrencesPerPlan, `${what}.MaxOccurrencesPerPlan`, 1),
  };
}

/** Unknown fields are kept; absent lists become `[]`, absent texts null. @throws WAP_BAD_RESPONSE */
export function readPlanOrAddOn(kind: Kind, value: unknown, what: string): PlanOrAddOn {
  return kind === 'plan' ? readPlan(value, what) : readAddOn(value, what);
}

/** Source: dn448612, SDK ResourceMetricSet. */
export function readMetricSet(value: unknown, what: string): MetricSet {
  const set = readObject(value, what);
  const values = readOptionalList(set.Values, `${what}.Values`, (element, place) => {
    const point = readObject(element, place);
    return {
      ...point,
      TimeCreated: readText(point.TimeCreated, `${place}.TimeCreated`),
      Total: readQuantity(point.Total, `${place}.Total`),
      Minimum: readQuantity(point.Minimum, `${place}.Minimum`),
      Maximum: readQuantity(point.Maximum, `${place}.Maximum`),
      Count: readQuantity(point.Count, `${place}.Count`) ?? 0,
    };
  });
  return { ...set, Name: readText(set.Name, `${what}.Name`), Unit: readText(set.Unit, `${what}.Unit`), Values: values };
}

/** A number, or null where WAP measured nothing. */
function readQuantity(value: unknown, what: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number') throw unreadable(what, 'a number or null', value);
  return value;
}
