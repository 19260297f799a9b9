import type { ResourceProvider } from '../types';
import { readObject, readText, unreadable } from './read';

/** Fields of an endpoint that WAP shows to administrators. */
const secretFields = ['AuthenticationUsername', 'AuthenticationPassword'];

/** An endpoint without its credentials; anything else unchanged. */
function withoutCredentials(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !secretFields.includes(name)));
}

/** Source: dn448736, dn448760, SDK. Credentials of endpoints are removed: nothing here needs them. */
export function readResourceProvider(value: unknown, what = 'resource provider'): ResourceProvider {
  const object = readObject(value, what);
  const entries = Object.entries(object).map(([name, field]) => [name, withoutCredentials(field)] as const);
  const displayName = object.DisplayName ?? null;
  if (displayName !== null && typeof displayName !== 'string')
    throw unreadable(`${what}.DisplayName`, 'a text or null', displayName);
  return {
    ...Object.fromEntries(entries),
    Name: readText(object.Name, `${what}.Name`),
    DisplayName: displayName,
    InstanceId: readText(object.InstanceId, `${what}.InstanceId`),
    Enabled: object.Enabled !== false,
  };
}
