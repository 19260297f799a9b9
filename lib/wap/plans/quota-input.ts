import { invalid } from '../../errors';
import type { ServiceQuotaSetting } from '../types';
import type { WantedQuota } from './configuration';

/** Quotas as users write them: WAP's own list (also inside `{ ServiceQuotas: [...] }`), or the short form `{ "<service>": {
 *  "<key>": value } }`. WAP stores text only: a string is kept byte for byte, any other value is written as JSON.
 *  @throws INPUT_INVALID naming the place, e.g. `quotas[0].Settings[1].Key` or `quotas.sqlservers` */
export function readQuotas(value: unknown, field = 'quotas'): WantedQuota[] {
  if (Array.isArray(value)) return value.map((quota, index) => fromList(quota, `${field}[${index}]`));
  const entries = Object.entries(asObject(value, field, 'a list of quotas, or an object with one entry a service'));
  const [first, ...others] = entries;
  if (first?.[0] === 'ServiceQuotas' && Array.isArray(first[1]) && others.length === 0) {
    return readQuotas(first[1], `${field}.ServiceQuotas`);
  }
  return entries.map(([service, settings]) => ({
    ServiceName: service,
    Settings: fromShort(settings, `${field}.${service}`),
  }));
}

/** An element of WAP's own list. @throws INPUT_INVALID */
function fromList(value: unknown, field: string): WantedQuota {
  const { ServiceName, ServiceInstanceId, Settings } = asObject(
    value,
    field,
    'an object with ServiceName and Settings',
  );
  if (typeof ServiceName !== 'string' || ServiceName === '')
    throw invalid(`${field}.ServiceName`, 'a text', ServiceName);
  if (!Array.isArray(Settings)) throw invalid(`${field}.Settings`, 'a list of Key and Value', Settings);
  const instance = ServiceInstanceId ?? '';
  if (typeof instance !== 'string') throw invalid(`${field}.ServiceInstanceId`, 'a text', instance);
  return {
    ServiceName,
    ...(instance === '' ? {} : { ServiceInstanceId: instance }),
    Settings: Settings.map((setting, index) => fromSetting(setting, `${field}.Settings[${index}]`)),
  };
}

/** A setting with all its fields; the value as text. @throws INPUT_INVALID */
function fromSetting(value: unknown, field: string): ServiceQuotaSetting {
  const { Key, Value, ...rest } = asObject(value, field, 'an object with Key and Value');
  if (typeof Key !== 'string' || Key === '') throw invalid(`${field}.Key`, 'a text', Key);
  return { ...rest, Key, Value: asSettingText(Value, `${field}.Value`) };
}

/** Settings as an object of values. @throws INPUT_INVALID */
function fromShort(value: unknown, field: string): ServiceQuotaSetting[] {
  return Object.entries(asObject(value, field, 'an object with one entry a setting')).map(([Key, setting]) => ({
    Key,
    Value: asSettingText(setting, `${field}.${Key}`),
  }));
}

/** @throws INPUT_INVALID for null and for what JSON cannot write */
function asSettingText(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  const text: string | undefined = JSON.stringify(value);
  if (value === null || text === undefined) throw invalid(field, 'a text, or a value to write as JSON', value);
  return text;
}

function asObject(value: unknown, field: string, wanted: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(field, wanted, value);
  return Object.fromEntries(Object.entries(value));
}
