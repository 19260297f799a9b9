import type { PlanAddOnReference, PlanAdvertisement, ServiceQuota, ServiceQuotaSetting } from '../../lib/wap/types';
import { isObject, type JsonObject } from '../json-body';
import { badRequest } from './errors';

/** Fields of a body, checked as the documents type them: enums are integers, absent values null, lists lists. */

export function text(body: JsonObject, field: string): string {
  const value = body[field];
  if (typeof value !== 'string' || value.trim() === '') throw badRequest(`${field} must be a text.`, field);
  return value;
}

export function textOrNull(body: JsonObject, field: string): string | null {
  const value = body[field] ?? null;
  if (value !== null && typeof value !== 'string') throw badRequest(`${field} must be a text or null.`, field);
  return value;
}

export function integer(body: JsonObject, field: string, fits: (value: number) => boolean): number {
  const value = body[field];
  if (typeof value !== 'number' || !Number.isInteger(value) || !fits(value)) {
    throw badRequest(`${field} is not a valid integer.`, field);
  }
  return value;
}

/** A list of objects; null and absent are the empty list. */
function objects(body: JsonObject, field: string): JsonObject[] {
  const value = body[field] ?? [];
  if (!Array.isArray(value)) throw badRequest(`${field} must be a list.`, field);
  const items: unknown[] = value;
  return items.map(item => {
    if (!isObject(item)) throw badRequest(`${field} must hold objects.`, field);
    return item;
  });
}

export function advertisements(body: JsonObject): PlanAdvertisement[] {
  return objects(body, 'Advertisements').map(item => ({
    ...item,
    LanguageCode: text(item, 'LanguageCode'),
    DisplayName: textOrNull(item, 'DisplayName'),
    Description: textOrNull(item, 'Description'),
  }));
}

/** The services of a body with their settings, as sent. */
export function serviceQuotas(body: JsonObject): ServiceQuota[] {
  return objects(body, 'ServiceQuotas').map(item => ({
    ...item,
    ServiceName: text(item, 'ServiceName'),
    ServiceInstanceId: text(item, 'ServiceInstanceId'),
    Settings: objects(item, 'Settings').map(quotaSetting),
  }));
}

function quotaSetting(item: JsonObject): ServiceQuotaSetting {
  const value = item.Value;
  if (typeof value !== 'string') throw badRequest('Value of a quota setting must be a text.', 'Value');
  return { ...item, Key: text(item, 'Key'), Value: value };
}

export function addOnReference(body: JsonObject): PlanAddOnReference {
  return {
    ...body,
    AddOnId: text(body, 'AddOnId'),
    AddOnInstanceId: textOrNull(body, 'AddOnInstanceId'),
    AcquisitionTime: textOrNull(body, 'AcquisitionTime'),
  };
}

/** `True` and `False` of a query string, whatever their case; `fallback` when absent. */
export function queryBoolean(value: string | undefined, name: string, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (!/^(true|false)$/i.test(value)) throw badRequest(`${name} must be True or False.`, name);
  return value.toLowerCase() === 'true';
}
