import { isDeepStrictEqual } from 'node:util';
import { isSameName } from '../../ids';
import { linkedIds } from '../client/kind';
import { isWapTime } from '../client/time';
import type { PlanAdvertisement, PlanOrAddOn, ServiceQuota, ServiceQuotaSetting } from '../types';

/** Fields that identify one plan rather than configure it, and those compared separately below. */
const notConfiguration = new Set([
  'Id',
  'DisplayName',
  'State',
  'QuotaSyncState',
  'LastErrorMessage',
  'SubscriptionCount',
  'Advertisements',
  'ServiceQuotas',
  'AddOnReferences',
  'AddOns',
  'AssociatedPlans',
]);
/** The same for a service: what names it, what WAP is doing with it, and settings, which are compared separately. */
const notOfService = new Set([
  'ServiceName',
  'ServiceInstanceId',
  'ServiceDisplayName',
  'ServiceInstanceDisplayName',
  'QuotaSyncState',
  'Settings',
]);

/** How the configurations of two plans (or add-ons) differ, as sentences without values; empty when they are equal. Ids, names,
 *  `State`, sync states, counts, the last error and the order of lists do not count; links count by id. An advertisement with
 *  its own plan's name equals one with the other's. Unknown fields are compared too, except times, which say when and not what.
 *  Absent, null and an empty list are equal. */
export function planDifferences(a: PlanOrAddOn, b: PlanOrAddOn): string[] {
  return [
    ...fieldDifferences(a, b, notConfiguration, ''),
    ...listDifferences('advertisement', advertisements(a), advertisements(b)),
    ...serviceDifferences(a.ServiceQuotas, b.ServiceQuotas),
    ...listDifferences('link to', links(a), links(b)),
  ];
}

/** Same service: by instance where both name one. GUIDs are compared without case. */
export function isSameService(
  a: { ServiceName: string; ServiceInstanceId?: string },
  b: { ServiceName: string; ServiceInstanceId?: string },
): boolean {
  if (!isSameName(a.ServiceName, b.ServiceName)) return false;
  if (!a.ServiceInstanceId || !b.ServiceInstanceId) return true;
  return isSameName(a.ServiceInstanceId, b.ServiceInstanceId);
}

/** Same keys with the same values, byte for byte; the order does not count. */
export function sameSettings(a: ServiceQuotaSetting[], b: ServiceQuotaSetting[]): boolean {
  const byKey = (list: ServiceQuotaSetting[]) =>
    list.map(setting => [setting.Key, setting.Value]).sort(([x = ''], [y = '']) => (x < y ? -1 : x > y ? 1 : 0));
  return isDeepStrictEqual(byKey(a), byKey(b));
}

/** Same languages with the same texts; languages are compared without case. */
export function sameAdvertisements(a: PlanAdvertisement[], b: PlanAdvertisement[]): boolean {
  const toMap = (list: PlanAdvertisement[]) =>
    new Map(list.map(({ LanguageCode, ...texts }) => [LanguageCode.toLowerCase(), texts]));
  return isDeepStrictEqual(toMap(a), toMap(b));
}

/** Things by what tells them apart, so that the order of lists does not count. */
type Comparable = Map<string, unknown>;

/** By language; the plan's own name counts as the same in both. */
function advertisements(plan: PlanOrAddOn): Comparable {
  return new Map(
    plan.Advertisements.map(({ LanguageCode, DisplayName, ...rest }) => [
      LanguageCode.toLowerCase(),
      { ...rest, Description: rest.Description ?? null, name: DisplayName === plan.DisplayName ? null : DisplayName },
    ]),
  );
}

function links(plan: PlanOrAddOn): Comparable {
  return new Map(linkedIds(plan).map(id => [id, true]));
}

/** One sentence for each thing that is missing, added or different. */
function listDifferences(what: string, a: Comparable, b: Comparable): string[] {
  const differences: string[] = [];
  for (const [key, value] of a) {
    if (!b.has(key)) differences.push(`${what} ${key} is missing in the second`);
    else if (!isDeepStrictEqual(value, b.get(key))) differences.push(`${what} ${key} differs`);
  }
  for (const key of b.keys()) if (!a.has(key)) differences.push(`${what} ${key} is only in the second`);
  return differences;
}

/** Services matched by `isSameService`, their settings byte for byte. */
function serviceDifferences(a: ServiceQuota[], b: ServiceQuota[]): string[] {
  const differences: string[] = [];
  for (const service of a) {
    const other = b.find(candidate => isSameService(service, candidate));
    const what = `service ${service.ServiceName}`;
    if (!other) differences.push(`${what} is missing in the second`);
    else {
      if (!sameSettings(service.Settings, other.Settings)) differences.push(`quotas of ${what} differ`);
      differences.push(...fieldDifferences(service, other, notOfService, ` of ${what}`));
    }
  }
  const extra = b.filter(service => !a.some(candidate => isSameService(service, candidate)));
  return [...differences, ...extra.map(service => `service ${service.ServiceName} is only in the second`)];
}

/** Names of fields only: values may be secrets or whole documents. */
function fieldDifferences(
  a: Record<string, unknown>,
  b: Record<string, unknown>,
  leftOut: Set<string>,
  of: string,
): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names]
    .filter(name => !leftOut.has(name) && !isSame(a[name], b[name]))
    .sort()
    .map(name => `${name}${of} differs`);
}

/** Two times are the same whatever they say: WAP sets them. */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(emptyAsNull(a), emptyAsNull(b)) || (isWapTime(a) && isWapTime(b));
}

/** WAP writes "nothing" in three ways. */
function emptyAsNull(value: unknown): unknown {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? null : value;
}
