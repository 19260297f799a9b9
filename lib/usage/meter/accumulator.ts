import type Big from 'big.js';
import { divided } from '../decimal';
import type { Aggregate } from './rule';

/** One value to be combined with others. */
export interface Addend {
  /** Already times the rule's factor. */
  value: Big;
  /** How long it held, ms. */
  ms: number;
  /** When its period ended, ms UTC. By this, and then by the record, values have an order for `last`. */
  endedAt: number;
  /** The record that it is of; decides between two that ended together. */
  recordId: number;
}

/** What is kept of the values of one meter. It does not depend on the order in which they came, so a late record changes nothing
 *  but its own share. */
export interface Accumulator {
  /** `sum` and `average`: the sum of the values. `unit-hours`: the sum of value × ms. Else the value that counts so far. */
  total: Big;
  /** How many values it has, which `average` needs. */
  count: number;
  /** Of the value that ended last. */
  endedAt: number;
  recordId: number;
}

const hourMs = 3_600_000;

/** Adds one value to what is kept; `null`: it is the first. Pure. */
export function add(aggregate: Aggregate, before: Accumulator | null, addend: Addend): Accumulator {
  const { value, ms, endedAt, recordId } = addend;
  const own = aggregate === 'unit-hours' ? value.times(ms) : value;
  if (!before) return { total: own, count: 1, endedAt, recordId };
  const isLater = endedAt > before.endedAt || (endedAt === before.endedAt && recordId >= before.recordId);
  return {
    total: combined(aggregate, before.total, own, isLater),
    count: before.count + 1,
    endedAt: isLater ? endedAt : before.endedAt,
    recordId: isLater ? recordId : before.recordId,
  };
}

/** Associative and commutative for each aggregate; `isLater` makes `last` so. */
function combined(aggregate: Aggregate, before: Big, own: Big, isLater: boolean): Big {
  switch (aggregate) {
    case 'sum':
    case 'unit-hours':
    case 'average':
      return before.plus(own);
    case 'max':
      return own.gt(before) ? own : before;
    case 'min':
      return own.lt(before) ? own : before;
    case 'last':
      return isLater ? own : before;
  }
}

/** The quantity to bill, in the meter's unit. */
export function quantityOf(aggregate: Aggregate, { total, count }: Accumulator): Big {
  if (aggregate === 'unit-hours') return divided(total, hourMs);
  return aggregate === 'average' ? divided(total, count) : total;
}
