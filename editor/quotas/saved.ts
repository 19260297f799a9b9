import type { WantedQuota } from '../../lib/wap/plans/configuration';
import { readQuotas } from '../../lib/wap/plans/quota-input';

/** What of one service is to be changed; the values are texts, as WAP keeps them. */
export type ServiceChange = WantedQuota;

/** The changes in the saved text of the field; `null` where the form cannot show them (then they are left alone). */
export function readChanges(saved: string): ServiceChange[] | null {
  try {
    return readQuotas(JSON.parse(saved || '{}'));
  } catch {
    return null;
  }
}

/** The short form where it says everything, since people compare flows: `{ "<service>": { "<key>": value } }`. */
export function writeChanges(changes: ServiceChange[]): string {
  const filled = changes.filter(({ Settings }) => Settings.length > 0);
  const names = new Set(filled.map(({ ServiceName }) => ServiceName.toLowerCase()));
  const isShort = names.size === filled.length && filled.every(({ ServiceInstanceId }) => !ServiceInstanceId);
  const value = isShort
    ? Object.fromEntries(filled.map(({ ServiceName, Settings }) => [ServiceName, shortSettings(Settings)]))
    : filled.map(({ Settings, ...service }) => ({ ...service, Settings: Settings.map(readable) }));
  return JSON.stringify(value);
}

const shortSettings = (settings: ServiceChange['Settings']) =>
  Object.fromEntries(settings.map(({ Key, Value }) => [Key, structureIn(Value)]));

const readable = (setting: ServiceChange['Settings'][number]) => ({ ...setting, Value: structureIn(setting.Value) });

/** A list or object that comes out of the flow as the very same text; any other text stays a text, byte for byte. */
function structureIn(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    const found: unknown = JSON.parse(text);
    return JSON.stringify(found) === text ? found : text;
  } catch {
    return text;
  }
}
