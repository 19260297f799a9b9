import type { UsageRecord } from '../../wap/types';
import { toText } from '../decimal';
import type { Quantity } from '../quantity';
import { type Accumulator, add, quantityOf } from './accumulator';
import { type Measured, type Measurement, measure, type OddValue } from './measure';
import type { RuleBook } from './rule';

/** What records give. */
export interface Metered {
  quantities: Quantity[];
  /** Records with a metric that no rule knows, as they came. */
  unknown: UsageRecord[];
  /** Values, and whole records, that cannot be billed as they are. */
  odd: OddValue[];
}

/** Where records come from. */
export interface Origin {
  /** The first part of every key. */
  installation: string;
  feed: string;
  /** What acknowledges them. */
  token?: string | null;
}

/** Quantities of records, each with the record's own period: a pure function of the records and the rules. Two metrics of
 *  one record that fill the same meter become one quantity by the rule's aggregate.
 *  Keys are `<installation>/<feed>/<EventId>/<meter>`. */
export function meterRecords(
  records: readonly UsageRecord[],
  book: RuleBook,
  { installation, feed, token }: Origin,
): Metered {
  const metered: Metered = { quantities: [], unknown: [], odd: [] };
  for (const record of records) {
    const measured = measure(record, book);
    metered.odd.push(...measured.odd);
    if (measured.unknown.length > 0) metered.unknown.push(record);
    const key = `${installation}/${feed}/${record.EventId}`;
    metered.quantities.push(...quantitiesOf(measured, key, token ?? undefined));
  }
  return metered;
}

/** One quantity a meter, however many metrics of the record fill it. */
function quantitiesOf(
  { record, start, end, startTime, endTime, measurements }: Measured,
  key: string,
  token: string | undefined,
): Quantity[] {
  const meters = new Map<string, { of: Measurement; kept: Accumulator }>();
  for (const of of measurements) {
    const addend = { value: of.value, ms: end - start, endedAt: end, recordId: record.EventId };
    const before = meters.get(of.rule.meter)?.kept ?? null;
    meters.set(of.rule.meter, { of, kept: add(of.rule.aggregate, before, addend) });
  }
  return [...meters].map(([meter, { of, kept }]) => {
    const quantity: Quantity = {
      recordId: record.EventId,
      key: `${key}/${meter}`,
      wapSubscriptionId: record.SubscriptionId,
      meter,
      unit: of.rule.unit,
      quantity: toText(quantityOf(of.rule.aggregate, kept)),
      startTime,
      endTime,
      adjustment: false,
      properties: propertiesOf(record),
      recordQuantities: meters.size,
    };
    if (token !== undefined) quantity.token = token;
    return quantity;
  });
}

/** What billing may want to show beside a quantity; only texts. */
export function propertiesOf({
  ProviderName,
  ServiceType,
  ResourceId,
  Properties,
}: UsageRecord): Record<string, string> {
  const texts: Record<string, string> = {};
  if (Properties !== null) for (const name of Object.keys(Properties)) put(texts, name, Properties[name]);
  put(texts, 'provider', ProviderName);
  put(texts, 'serviceType', ServiceType);
  put(texts, 'resource', ResourceId);
  return texts;
}

/** Of two values of one name the later one counts, even when it is empty. */
function put(texts: Record<string, string>, name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') texts[name] = value;
  else if (name in texts) delete texts[name];
}
