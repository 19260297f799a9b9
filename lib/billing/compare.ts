import { isObject } from '../errors';

/** The fields by which people would say that two offers differ; whatever else billing adds is its own. */
const comparedFields = new Set(['name', 'kind', 'price']);

/** Paths of the fields called name, kind or price that differ between what we would send and what billing has. A field that
 *  billing does not send back is not compared. Prices are compared by value (10 and 10.00); nothing, null and an empty text
 *  are the same. */
export function differingFields(sent: unknown, found: unknown, path = ''): string[] {
  if (!isObject(sent) || !isObject(found)) return [];
  return Object.entries(sent).flatMap(([name, value]) => {
    const here = path === '' ? name : `${path}.${name}`;
    if (isObject(value)) return differingFields(value, found[name], here);
    if (!comparedFields.has(name) || !(name in found)) return [];
    const asText = name === 'price' ? decimalText : plainText;
    return asText(value) === asText(found[name]) ? [] : [here];
  });
}

function plainText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Without leading and trailing zeros; always a text, because a binary number would round. */
function decimalText(value: unknown): string {
  const text = plainText(value);
  const decimal = /^(-?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text);
  if (!decimal) return text;
  const [, sign = '', whole = '', fraction = ''] = decimal;
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
