import { inChunks } from '../../async/in-chunks';
import { Remembered } from '../../async/remembered';
import { invalid } from '../../errors';
import { splitsOf } from '../../feeds/settle/carried';
import type { UsageRecord } from '../../wap/types';
import { readDecimal, toText } from '../decimal';
import { type OddValue, oddOf } from '../meter/measure';
import { meterRecords, type Origin } from '../meter/meter';
import { readRules } from '../meter/read-rules';
import { RuleBook, variantOf } from '../meter/rule';
import type { Quantity } from '../quantity';

/** What a meter left in a message, or one quantity of it. A repeat of what this package made itself is trusted; texts that a flow wrote are
 *  checked. @throws INPUT_INVALID naming the place */
export function readQuantities(given: unknown): Quantity[] {
  if (Array.isArray(given)) return given.map((one: unknown, index) => readQuantity(one, `quantities[${index}]`));
  if (typeof given === 'object' && given !== null) return [readQuantity(given, 'quantities')];
  throw invalid('quantities', 'a list of quantities', given);
}

function readQuantity(given: unknown, field: string): Quantity {
  if (typeof given !== 'object' || given === null) throw invalid(field, 'an object', given);
  const one = given as Partial<Quantity>;
  const text = (name: 'key' | 'wapSubscriptionId' | 'meter' | 'quantity' | 'startTime' | 'endTime'): string => {
    const value: unknown = one[name];
    if (typeof value !== 'string' || value === '') throw invalid(`${field}.${name}`, 'a text', value);
    return value;
  };
  if (Number.isNaN(Date.parse(text('endTime')))) throw invalid(`${field}.endTime`, 'a time', one.endTime);
  return {
    recordId: typeof one.recordId === 'number' ? one.recordId : -1,
    key: text('key'),
    wapSubscriptionId: text('wapSubscriptionId'),
    meter: text('meter'),
    unit: typeof one.unit === 'string' ? one.unit : null,
    quantity: amountOf(one.quantity, field),
    startTime: text('startTime'),
    endTime: text('endTime'),
    adjustment: one.adjustment === true,
    properties: one.properties ?? {},
    ...acknowledgedBy(one),
  };
}

function acknowledgedBy({ token, recordQuantities }: Partial<Quantity>) {
  const isCount = typeof recordQuantities === 'number' && recordQuantities >= 1;
  return {
    ...(typeof token === 'string' && token !== '' ? { token } : {}),
    ...(isCount ? { recordQuantities } : {}),
  };
}

/** Such as a meter writes it. */
const plainAmount = /^(?:0|[1-9]\d{0,19})(?:\.\d{0,19}[1-9])?$/;

function amountOf(given: unknown, field: string): string {
  if (typeof given === 'string' && plainAmount.test(given)) return given;
  const amount = readDecimal(given);
  if ('reason' in amount) throw invalid(`${field}.quantity`, 'a decimal as a text', given);
  return toText(amount);
}

/** One record, or a list of them. @throws INPUT_INVALID */
export function readRecords(given: unknown): UsageRecord[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list.map((one, index) => {
    const record = typeof one === 'object' && one !== null ? (one as UsageRecord) : null;
    if (record && Number.isSafeInteger(record.EventId)) return record;
    throw invalid(`records[${index}]`, 'a usage record with its EventId', one);
  });
}

/** Records as they are, without a meter: each metric under its own name, a VM metric under that of its aggregate. */
export async function unmetered(records: readonly UsageRecord[], origin: Origin): Promise<Unmetered> {
  const all: Unmetered = { quantities: [], odd: [], without: [] };
  await inChunks(records, some => {
    for (const record of some) unmeteredOf(record, origin, all);
  });
  return all;
}

interface Unmetered {
  quantities: Quantity[];
  odd: OddValue[];
  /** Records without any quantity. */
  without: number[];
}

/** Quantities of a meter, which settled the records without any itself. */
export function meteredBefore(quantities: Quantity[]): Unmetered {
  return { quantities, odd: [], without: [] };
}

/** Quantities that do not say what acknowledges them (a function made them) stand for their whole delivery, unless the
 *  message is one of several that a split made. */
export function isWhole(
  { delivery, parts }: { delivery?: { token: string; quantities?: number }; parts?: unknown },
  quantities: readonly Quantity[],
): boolean {
  if (delivery?.quantities !== undefined || quantities.some(({ token }) => token !== undefined)) return false;
  return splitsOf(parts, delivery?.token ?? '').length === 0;
}

function unmeteredOf(record: UsageRecord, origin: Origin, all: Unmetered): void {
  const resource = record.ResourceId ?? '';
  const before = all.quantities.length;
  for (const metric of Object.keys(record.Resources ?? {})) {
    const named = variantOf({ resource, metric }) === null ? metric : resource;
    const book = bookOf(named === metric ? '*' : resource, named);
    const metered = meterRecords(
      [{ ...record, Resources: { [metric]: record.Resources[metric] ?? '' } }],
      book,
      origin,
    );
    all.quantities.push(...metered.quantities);
    all.odd.push(...metered.odd);
  }
  const made = all.quantities.slice(before);
  const keys = new Set(made.map(({ key }) => key));
  if (made.length === 0) all.without.push(record.EventId);
  for (const quantity of made) quantity.recordQuantities = keys.size;
  if (typeof record.Resources !== 'object' || record.Resources === null)
    all.odd.push(oddOf(record, null, record.Resources, 'no Resources'));
}

const books = new Remembered<RuleBook>(10_000);

/** Everything goes into one meter. */
function bookOf(resource: string, meter: string): RuleBook {
  return books.get(
    `${resource}\n${meter}`,
    () => new RuleBook(readRules([{ resource, metric: '*', meter: meter.slice(0, 100) }])),
  );
}
