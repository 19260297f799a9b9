import { isObject } from '../../errors';
/** Why a value cannot be merged into another without losing part of it. */
export class Unmergeable extends Error {}

type Fields = Record<string, unknown>;

/** Merges wanted JSON into existing JSON: objects by field, lists of objects by a name or id that all elements have, other
 *  lists by value. Nothing existing is dropped, unless `null` is wanted in its place. A number stored as text stays text.
 *  @throws Unmergeable naming the place */
export function mergedJson(known: unknown, wanted: unknown, place = ''): unknown {
  if (Array.isArray(known) && Array.isArray(wanted)) return mergedList(known, wanted, place);
  if (isObject(known) && isObject(wanted)) return mergedFields(known, wanted, place);
  if (isNested(known) && wanted !== null) throw new Unmergeable(`${place || 'it'} is ${kindOf(known)} in WAP`);
  if (typeof known === 'string' && (typeof wanted === 'number' || typeof wanted === 'boolean')) return String(wanted);
  return wanted;
}

function mergedFields(known: Fields, wanted: Fields, place: string): Fields {
  const merged: Fields = { ...known };
  for (const [name, value] of Object.entries(wanted)) {
    merged[name] = name in known ? mergedJson(known[name], value, place ? `${place}.${name}` : name) : value;
  }
  return merged;
}

/** Wanted elements over the known ones that are the same thing; others are added at the end. */
function mergedList(known: unknown[], wanted: unknown[], place: string): unknown[] {
  if (known.length === 0) return wanted;
  const merged = [...known];
  const identity = identityOf(known, wanted, place);
  for (const element of wanted) {
    const at = merged.findIndex(one => identity(one) === identity(element));
    if (at < 0) merged.push(element);
    else merged[at] = mergedJson(merged[at], element, `${place}[${at}]`);
  }
  return merged;
}

/** The field by which the elements of both lists can be told apart. */
function identityOf(known: unknown[], wanted: unknown[], place: string): (element: unknown) => string {
  const all = [...known, ...wanted];
  if (!all.some(isNested) || wanted.length === 0) return element => JSON.stringify(element);
  if (all.every(isObject)) {
    const names = identifying(Object.keys(all.at(-1) ?? {}));
    const name = names.find(each => isUnique(known, each) && isUnique(wanted, each));
    if (name !== undefined) return element => String((element as Fields)[name]).toLowerCase();
  }
  throw new Unmergeable(`the elements of ${place || 'the list'} have no name or id that tells them apart`);
}

/** Ids before names, whole words before endings. */
function identifying(names: string[]): string[] {
  const rank = [/^id$/i, /Id$|ID$/, /^name$/i, /^displayName$/i, /Name$/, /^key$/i];
  const rankOf = (name: string): number => rank.findIndex(pattern => pattern.test(name));
  return names.filter(name => rankOf(name) >= 0).sort((a, b) => rankOf(a) - rankOf(b));
}

/** Whether the field names each element, and no two alike. */
function isUnique(list: unknown[], name: string): boolean {
  const values = list.map(element => (isObject(element) ? element[name] : undefined));
  const isNamed = values.every(value => (typeof value === 'string' && value !== '') || typeof value === 'number');
  return isNamed && new Set(values.map(value => String(value).toLowerCase())).size === values.length;
}

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null;
const kindOf = (value: unknown): string => (Array.isArray(value) ? 'a list' : 'an object');
