import { shapeOf } from '../../errors';
import { inputInvalid } from '../invalid';

const remedy = 'Write one amount, like 19.90, and no other currency than that of the connection.';

/** The amount in a price, which in WAP is free text: `4.90 EUR per month` is `4.90` where the currency is EUR. A text with no number,
 *  several numbers, or another currency is nothing that anybody may be charged. `null` for an empty one.
 *  @throws INPUT_INVALID */
export function amountIn(price: string | null, currency: string, field: string): string | null {
  if (price === null || price.trim() === '') return null;
  const [number, ...others] = price.match(/\d[\d.,]*\d|\d/g) ?? [];
  const named = price.match(/\b[A-Z]{3}\b/g) ?? [];
  if (number === undefined || others.length > 0 || named.some(code => code !== currency) || price.includes('-'))
    throw inputInvalid(field, `is ${shapeOf(price)} in which no single amount in ${currency} can be read`, remedy);
  return decimalIn(number, field);
}

/** `1,200` and `1.200` may be meant either way, so they are refused: one mark, and not three digits behind it unless the point is
 *  the mark and the number begins with 0. */
function decimalIn(number: string, field: string): string {
  const found = /^(\d{1,15})(?:[.,](\d{1,12}))?$/.exec(number);
  const [, whole = '', part] = found ?? [];
  const isDoubtful = part?.length === 3 && whole !== '0';
  if (found && !isDoubtful) return part === undefined ? whole : `${whole}.${part}`;
  throw inputInvalid(field, 'has an amount that can be read in two ways', remedy);
}

/** @throws INPUT_INVALID for what is no plain decimal */
export function checkAmount(given: string, field: string): void {
  if (/^\d{1,15}(\.\d{1,12})?$/.test(given)) return;
  throw inputInvalid(field, `is ${shapeOf(given)} that is no amount`, 'Write it like 0.0125, without a currency.');
}
