import { inChunks } from '../../async/in-chunks';
import { Remembered } from '../../async/remembered';
import { invalid } from '../../errors';
import type { UsageRecord } from '../../wap/types';
import type { Quantity } from '../quantity';
import { type OddValue, oddOf } from './measure';
import { meterRecords, type Origin } from './meter';
import { readRules } from './read-rules';
import { RuleBook, variantOf } from './rule';

/** One record, or a list of them. @throws INPUT_INVALID */
export function readRecords(given: unknown): UsageRecord[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list.map((one, index) => {
    const record = typeof one === 'object' && one !== null ? (one as UsageRecord) : null;
    if (record && Number.isSafeInteger(record.EventId)) return record;
    throw invalid(`records[${index}]`, 'a usage record with its EventId', one);
  });
}

/** Quantities of records without rules: each metric under its own name, a VM metric under that of its aggregate. */
export async function unmetered(records: readonly UsageRecord[], origin: Origin): Promise<Unmetered> {
  const all: Unmetered = { quantities: [], odd: [], without: [] };
  await inChunks(records, some => {
    for (const record of some) unmeteredOf(record, origin, all);
  });
  return all;
}

/** What records give to send. */
export interface Unmetered {
  quantities: Quantity[];
  odd: OddValue[];
  /** Records without any quantity. */
  without: number[];
}

/** Quantities of a meter, which settled the records without any itself. */
export function meteredBefore(quantities: Quantity[]): Unmetered {
  return { quantities, odd: [], without: [] };
}

/** Adds the quantities of one record to `all`; how many it has is told to each, so that its last one settles it. */
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

/** Rules made for single metrics; a feed has few different ones. */
const books = new Remembered<RuleBook>(10_000);

/** A rule by which everything goes into one meter. */
function bookOf(resource: string, meter: string): RuleBook {
  return books.get(
    `${resource}\n${meter}`,
    () => new RuleBook(readRules([{ resource, metric: '*', meter: meter.slice(0, 100) }])),
  );
}
