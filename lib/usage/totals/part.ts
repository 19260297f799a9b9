import type { Tx } from '../../state/port';
import type { MappingScope } from '../../state/tables/mapping-entry';
import { totalParts } from '../../state/tables/usage-total-part';
import type { Quantity } from '../quantity';
import type { Days } from './days';
import { isOfRecord } from './place';

/** What is added to the totals of one meter and day of a billing system. */
export interface PartGroup extends MappingScope {
  meter: string;
  /** Empty: none. */
  unit: string;
  day: string;
  zone: string;
  /** Columns of one table: the n-th of each belong together. Without `items` each is one item. */
  subscriptions: string[];
  quantities: string[];
  items?: number[];
  /** The first and last record of each, or one pair for all; -1: not of records. */
  ids: Array<[first: number, last: number]>;
}

/** Writes down what is to be added to the totals. */
export async function addPart(
  tx: Tx,
  { installation, target }: MappingScope,
  fresh: readonly Quantity[],
  days: Days,
): Promise<void> {
  const groups: PartGroup[] = [];
  let group: PartGroup | undefined;
  const ids: [number, number] = [Number.MAX_SAFE_INTEGER, -1];
  for (const quantity of fresh) {
    const { meter, startTime, recordId } = quantity;
    const unit = quantity.unit ?? '';
    const day = days.of(startTime);
    if (!group || group.day !== day || group.meter !== meter || group.unit !== unit)
      group = groups.find(one => one.day === day && one.meter === meter && one.unit === unit);
    if (!group) {
      const of = { installation, target, meter, unit, day, zone: days.zone };
      group = { ...of, subscriptions: [], quantities: [], ids: [ids] };
      groups.push(group);
    }
    group.subscriptions.push(quantity.wapSubscriptionId);
    group.quantities.push(quantity.quantity);
    const isOutside = recordId < ids[0] || recordId > ids[1];
    if (isOutside || ids[0] < 0) widen(ids, isOfRecord(quantity, installation) ? recordId : -1);
  }
  if (groups.length > 0) await totalParts.add(tx, JSON.stringify(groups));
}

/** In place, because this runs for every quantity. */
function widen(ids: [number, number], id: number): void {
  if (id < ids[0]) ids[0] = id;
  if (id > ids[1]) ids[1] = id;
}

/** A part as `addPart` wrote it. */
export function readGroups(body: string): PartGroup[] {
  return JSON.parse(body) as PartGroup[];
}
