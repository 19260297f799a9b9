import { isObject } from '../../../errors';

/** An object as a form, nested names in brackets: `items[0][price]=…`. What is null is left out; an empty text is sent, because
 *  systems take it for "remove this". */
export function formOf(body: object): string {
  return pairsOf('', body)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

function pairsOf(name: string, value: unknown): Array<[string, string]> {
  if (value === undefined || value === null) return [];
  const inside = (key: string | number) => (name === '' ? String(key) : `${name}[${key}]`);
  if (Array.isArray(value)) return value.flatMap((each, index) => pairsOf(inside(index), each));
  if (isObject(value)) return Object.entries(value).flatMap(([key, each]) => pairsOf(inside(key), each));
  return [[name, String(value)]];
}
