import { isObject } from '../../errors';
import type { UsageRecord } from '../../wap/types';
import type { Quantity } from '../quantity';
import { meterRecords } from './meter';
import type { RuleBook } from './rule';

/** What becomes of one value of a record. */
export interface Fate {
  metric: string;
  /** As it came. */
  value: unknown;
  /** The row of the rule that fits, from 1; null: none does. */
  row: number | null;
  /** What it is billed as; null: it is not. */
  quantity: Pick<Quantity, 'meter' | 'unit' | 'quantity'> | null;
  /** Why it cannot be billed, as the third output says it; null: nothing is odd. */
  odd: string | null;
}

/** What becomes of a record: each value by itself, and all together as they go to billing. */
export interface Explained {
  fates: Fate[];
  quantities: Array<Pick<Quantity, 'meter' | 'unit' | 'quantity'>>;
  /** Why nothing of the record can be billed. */
  fault: string | null;
}

/** Shows what rules make of one record, without windows. Never throws. */
export function explain(record: UsageRecord, book: RuleBook): Explained {
  const { quantities, odd } = meter(record, book);
  const fault = odd.find(({ metric }) => metric === null)?.reason ?? null;
  const values = fault === null ? Object.entries(record.Resources) : [];
  return { fates: values.map(([metric, value]) => fateOf(record, metric, value, book)), quantities, fault };
}

/** One value by itself, as if it were the only one of its record. */
function fateOf(record: UsageRecord, metric: string, value: string, book: RuleBook): Fate {
  const { quantities, odd } = meter({ ...record, Resources: { [metric]: value } }, book);
  const text = (given: unknown) => (typeof given === 'string' ? given : '');
  const rule = book.find({
    provider: text(record.ProviderName),
    serviceType: text(record.ServiceType),
    resource: text(record.ResourceId),
    metric,
  });
  return {
    ...{ metric, value },
    row: rule ? book.rules.indexOf(rule) + 1 : null,
    quantity: quantities[0] ?? null,
    odd: odd[0]?.reason ?? null,
  };
}

/** As a meter without windows does it; the keys are of no use here. */
const meter = (record: UsageRecord, book: RuleBook) =>
  meterRecords([record], book, { installation: '', feed: 'usage' });

/** Usage records in a text that somebody pasted: one, a list, or a message with them as its payload; at most 20.
 *  `null`: there is none. */
export function pastedRecords(text: string): UsageRecord[] | null {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return null;
  }
  const inside = isObject(given) && (isObject(given.payload) || Array.isArray(given.payload)) ? given.payload : given;
  const list: unknown[] = Array.isArray(inside) ? inside : [inside];
  const records = list.filter(isRecord).slice(0, 20);
  return records.length > 0 ? records : null;
}

const isRecord = (value: unknown): value is UsageRecord => isObject(value) && 'Resources' in value;
