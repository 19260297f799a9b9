import type Big from 'big.js';
import { Remembered } from '../../async/remembered';
import { isObject } from '../../errors';
import { parseWapTime } from '../../wap/client/time';
import type { UsageRecord } from '../../wap/types';
import { isNegative, readDecimal } from '../decimal';
import type { MeterRule, RuleBook } from './rule';

/** A value of a record that a rule bills. */
export interface Measurement {
  rule: MeterRule & { meter: string };
  /** As the record calls it. */
  metric: string;
  /** Times the rule's factor. */
  value: Big;
}

/** What cannot be billed as it is, with its reason; the record is as it came. */
export interface OddValue {
  EventId: number;
  /** `null`: the record as a whole. */
  metric: string | null;
  /** As it came. */
  value: unknown;
  reason: string;
  record: UsageRecord;
}

/** One record, read by the rules. */
export interface Measured {
  record: UsageRecord;
  /** ms UTC, and as billing gets them. */
  start: number;
  end: number;
  startTime: string;
  endTime: string;
  measurements: Measurement[];
  /** Metrics that no rule knows. */
  unknown: string[];
  odd: OddValue[];
}

/** Never throws: what cannot be read is odd, and must not hold up the rest of its batch. */
export function measure(record: UsageRecord, book: RuleBook): Measured {
  // Written out, because this runs for every record.
  const read: Measured = {
    record,
    start: 0,
    end: 0,
    startTime: '',
    endTime: '',
    measurements: [],
    unknown: [],
    odd: [],
  };
  const fault = periodInto(read);
  if (fault) return { ...read, odd: [oddOf(record, null, fault.value, fault.reason)] };
  for (const [metric, value] of Object.entries(record.Resources)) {
    const rule = book.find({
      provider: textOf(record.ProviderName),
      serviceType: textOf(record.ServiceType),
      resource: textOf(record.ResourceId),
      metric,
    });
    if (!rule) read.unknown.push(metric);
    else if (isBilled(rule)) {
      const amount = readDecimal(value);
      if ('reason' in amount) read.odd.push(oddOf(record, metric, value, amount.reason));
      else if (isNegative(amount)) read.odd.push(oddOf(record, metric, value, 'negative'));
      else read.measurements.push({ rule, metric, value: amount.times(rule.factor) });
    }
  }
  return read;
}

/** Fills in the period; answers what is wrong with the record as a whole, or null. */
function periodInto(read: Measured): { value: unknown; reason: string } | null {
  const { record } = read;
  const { StartTime, EndTime, SubscriptionId } = record;
  if (!isObject(record.Resources)) return { value: record.Resources, reason: 'no Resources' };
  if (typeof SubscriptionId !== 'string' || SubscriptionId === '')
    return { value: SubscriptionId, reason: 'no SubscriptionId' };
  const [start, end] = [timeOf(StartTime), timeOf(EndTime)];
  if (start === null) return { value: StartTime, reason: 'StartTime is not a time' };
  if (end === null) return { value: EndTime, reason: 'EndTime is not a time' };
  if (end.ms < start.ms) return { value: EndTime, reason: 'ends before it starts' };
  read.start = start.ms;
  read.end = end.ms;
  read.startTime = start.iso;
  read.endTime = end.iso;
  return null;
}

/** A value, or a whole record (`metric` null), as what cannot be billed. */
export const oddOf = (record: UsageRecord, metric: string | null, value: unknown, reason: string): OddValue => ({
  ...{ EventId: record.EventId, metric, value: value ?? null, reason, record },
});

/** A time of WAP, read, and as billing gets it. */
interface ReadTime {
  ms: number;
  iso: string;
}

/** Records of one hour have few different times. */
const times = new Remembered<ReadTime | null>(1000);

/** Null for what is no time. */
function timeOf(text: unknown): ReadTime | null {
  return typeof text === 'string' ? times.get(text, () => readTime(text)) : null;
}

function readTime(text: string): ReadTime | null {
  try {
    const { ms } = parseWapTime(text);
    return ms < 0 ? null : { ms, iso: new Date(ms).toISOString() }; // 0001-01-01 is how WAP writes "none"
  } catch {
    return null;
  }
}

const isBilled = (rule: MeterRule): rule is MeterRule & { meter: string } => rule.meter !== null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
