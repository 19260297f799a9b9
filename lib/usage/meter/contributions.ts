import { foldId } from '../../ids';
import type { WindowKey } from '../../state/tables/meter-window';
import type { UsageRecord } from '../../wap/types';
import type { Calendar, WindowKind } from '../calendar';
import type { Addend } from './accumulator';
import { type Measured, type Measurement, measure, type OddValue, oddOf } from './measure';
import { propertiesOf } from './meter';
import type { Aggregate, RuleBook } from './rule';
import { type Placement, place } from './split';

/** How values are sorted into windows. */
export interface Sorting {
  calendar: Calendar;
  /** Of rules that name none themselves. */
  window: WindowKind;
  /** Where a value counts whose period reaches over the end of a window. */
  placement: Placement;
  /** What is billed apart within a subscription: `provider`, `serviceType`, `resource`, or a property's name. */
  apart: readonly string[];
}

/** What records give to windows, and what they hold besides. */
export interface Sorted {
  contributions: Contribution[];
  /** Records with a metric that no rule knows, as they came. */
  unknown: UsageRecord[];
  odd: OddValue[];
}

/** One value and the window it goes into. */
export interface Contribution {
  key: WindowKey;
  aggregate: Aggregate;
  /** As the record calls it; a record that comes twice is counted once for each. */
  metric: string;
  addend: Addend;
}

/** What a window is of, besides its subscription and time; kept as JSON in its row. */
export interface Identity {
  meter: string;
  unit: string | null;
  aggregate: Aggregate;
  apart: Record<string, string>;
}

/** Which windows the values of records go into; what goes nowhere, with its reason. A window that ended before `oldest` (ms
 *  UTC) is no longer kept, so its values are odd. */
export function contributionsOf(
  records: readonly UsageRecord[],
  book: RuleBook,
  sorting: Sorting,
  oldest: number,
): Sorted {
  const sorted: Sorted = { contributions: [], unknown: [], odd: [] };
  for (const record of records) {
    const measured = measure(record, book);
    sorted.odd.push(...measured.odd);
    if (measured.unknown.length > 0) sorted.unknown.push(record);
    for (const measurement of measured.measurements) {
      const made = placed(measured, measurement, sorting, oldest);
      if (typeof made === 'string')
        sorted.odd.push(oddOf(record, measurement.metric, record.Resources[measurement.metric], made));
      else sorted.contributions.push(...made);
    }
  }
  return sorted;
}

/** A value's share in each window, or the reason why it fits into none. */
function placed(
  { record, start, end }: Measured,
  { rule, metric, value }: Measurement,
  { calendar, window, placement, apart }: Sorting,
  oldest: number,
): Contribution[] | string {
  const addend: Addend = { value, ms: end - start, endedAt: end, recordId: record.EventId };
  const parts = place(addend, rule.aggregate, placement, calendar, rule.window ?? window);
  if (!parts) return 'the period is too long to be split';
  if (parts.some(part => part.window.end < oldest)) return 'its window is no longer kept';
  const identity = JSON.stringify(identityOf(record, rule, apart));
  const subscription = foldId(record.SubscriptionId);
  return parts.map(part => ({
    key: { startsAt: part.window.start, endsAt: part.window.end, subscription, identity },
    aggregate: rule.aggregate,
    metric,
    addend: part.addend,
  }));
}

/** Its JSON is a key, so the fields are always in the same order. */
function identityOf(record: UsageRecord, rule: Measurement['rule'], apart: readonly string[]): Identity {
  const properties = propertiesOf(record);
  const kept = apart.flatMap(name => {
    const value = properties[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { meter: rule.meter, unit: rule.unit, aggregate: rule.aggregate, apart: Object.fromEntries(kept) };
}
