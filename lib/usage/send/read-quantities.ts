import { invalid } from '../../errors';
import { splitsOf } from '../../feeds/settle/carried';
import { readDecimal, toText } from '../decimal';
import type { Quantity } from '../quantity';

/** The quantities in a message, or a single one. Fields that a flow may have written are checked; those that only this package
 *  writes are trusted. @throws INPUT_INVALID naming the place */
export function readQuantities(given: unknown): Quantity[] {
  if (Array.isArray(given)) return given.map((one: unknown, index) => readQuantity(one, `quantities[${index}]`));
  if (typeof given === 'object' && given !== null) return [readQuantity(given, 'quantities')];
  throw invalid('quantities', 'a list of quantities', given);
}

/** One quantity; `field` names its place. @throws INPUT_INVALID */
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

/** What only a meter writes; left out where it is of another type. */
function acknowledgedBy({ token, recordQuantities }: Partial<Quantity>) {
  const isCount = typeof recordQuantities === 'number' && recordQuantities >= 1;
  return {
    ...(typeof token === 'string' && token !== '' ? { token } : {}),
    ...(isCount ? { recordQuantities } : {}),
  };
}

/** As a meter writes it; nearly all are, and need no decimal to be made of them. */
const plainAmount = /^(?:0|[1-9]\d{0,19})(?:\.\d{0,19}[1-9])?$/;

/** The amount as an exact decimal; what a flow wrote as a number is taken, too. @throws INPUT_INVALID */
function amountOf(given: unknown, field: string): string {
  if (typeof given === 'string' && plainAmount.test(given)) return given;
  const amount = readDecimal(given);
  if ('reason' in amount) throw invalid(`${field}.quantity`, 'a decimal as a text', given);
  return toText(amount);
}

/** Whether the message stands for its whole delivery: its quantities do not say what acknowledges them, because a function
 *  made them, and no split made several messages of one. */
export function isWhole(
  { delivery, parts }: { delivery?: { token: string; quantities?: number }; parts?: unknown },
  quantities: readonly Quantity[],
): boolean {
  if (delivery?.quantities !== undefined || quantities.some(({ token }) => token !== undefined)) return false;
  return splitsOf(parts, delivery?.token ?? '').length === 0;
}
