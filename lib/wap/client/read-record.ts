import type { Open, UsageRecord } from '../types';
import { readObject, unreadable } from './read';
import type { RecordPage } from './usage';

/** A page of `/usage`. Records are nearly always well-formed and sorted; then nothing is copied.
 *  @throws WAP_BAD_RESPONSE naming the record and field */
export function readRecords(answer: unknown): RecordPage {
  const { bytes, json } = readObject(answer, 'usage');
  if (!Array.isArray(json) || !(bytes instanceof Uint8Array)) throw unreadable('usage', 'a list', json);
  if (isPlain(json)) return { records: isAscending(json) ? json : sorted(json), json: bytes };
  try {
    const records = json.map((record, index) => readRecord(record, `usage[${index}]`));
    return recordPage(sorted(records));
  } catch (error) {
    if (error instanceof RangeError) throw unreadable('usage', 'a list of records', json); // nested too deeply
    throw error;
  }
}

/** A page whose records had to be repaired or sorted. */
export function recordPage(records: UsageRecord[]): RecordPage {
  return { records, json: Buffer.from(JSON.stringify(records)) };
}

/** Whether the records can be used as they are. Allocates nothing: there are millions of them. */
function isPlain(list: unknown[]): list is UsageRecord[] {
  for (const record of list) if (!isPlainRecord(record)) return false;
  return true;
}

/** Strictly: an id that comes twice in one page is sorted out elsewhere. */
function isAscending(records: readonly UsageRecord[]): boolean {
  let last = -1;
  for (const { EventId: id } of records) {
    if (id <= last) return false;
    last = id;
  }
  return true;
}

function sorted(records: readonly UsageRecord[]): UsageRecord[] {
  return [...records].sort((a, b) => a.EventId - b.EventId);
}

/** Every documented field in its documented type. */
function isPlainRecord(value: unknown): value is UsageRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Open;
  return (
    isId(record.EventId) &&
    typeof record.SubscriptionId === 'string' &&
    typeof record.ProviderName === 'string' &&
    typeof record.ServiceType === 'string' &&
    typeof record.StartTime === 'string' &&
    typeof record.EndTime === 'string' &&
    isTextOrNull(record.ExternalRecordId) &&
    isTextOrNull(record.ResourceId) &&
    isTexts(record.Resources) &&
    (record.Properties === null || isTexts(record.Properties))
  );
}

const isId = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

/** An object of texts. By `for in`, which builds no list of names. */
function isTexts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const texts = value as Open;
  for (const name in texts) if (typeof texts[name] !== 'string') return false;
  return true;
}

/** Tolerant: only the id is required; missing fields become empty, and numbers become text. Source: dn448669. */
function readRecord(value: unknown, what: string): UsageRecord {
  const record = readObject(value, what);
  return {
    ...record,
    EventId: readId(record.EventId, `${what}.EventId`),
    ExternalRecordId: textOrNull(record.ExternalRecordId),
    ResourceId: textOrNull(record.ResourceId),
    StartTime: textOrNull(record.StartTime) ?? '',
    EndTime: textOrNull(record.EndTime) ?? '',
    ProviderName: textOrNull(record.ProviderName) ?? '',
    ServiceType: textOrNull(record.ServiceType) ?? '',
    SubscriptionId: textOrNull(record.SubscriptionId) ?? '',
    Properties: isEmpty(record.Properties) ? null : texts(record.Properties, `${what}.Properties`),
    Resources: isEmpty(record.Resources) ? {} : texts(record.Resources, `${what}.Resources`),
  };
}

/** @throws WAP_BAD_RESPONSE: a record without an id could be neither stored nor settled */
function readId(value: unknown, what: string): number {
  const id = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
    throw unreadable(what, 'a whole number from 0 on', value);
  }
  return id;
}

const isEmpty = (value: unknown): boolean => value === null || value === undefined;

/** Anything as text; what should be one and is an object as JSON, so that nothing is lost. */
function textOrNull(value: unknown): string | null {
  if (isEmpty(value)) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** An object of texts, whatever its values were. @throws WAP_BAD_RESPONSE when it is no object */
function texts(value: unknown, what: string): Record<string, string> {
  const entries = Object.entries(readObject(value, what));
  return Object.fromEntries(entries.map(([name, each]) => [name, textOrNull(each) ?? '']));
}
