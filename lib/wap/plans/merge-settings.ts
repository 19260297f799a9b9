import { isDeepStrictEqual } from 'node:util';
import { AdapterError } from '../../errors';
import { isSameName } from '../../ids';
import type { ServiceQuotaSetting } from '../types';
import { mergedJson, Unmergeable } from './merge-json';
import { isXml, mergedXml } from './merge-xml';

/** Lays wanted settings over those that a service has: what is not named stays, also within a value that is JSON or XML
 *  text. A value that changes in nothing stays byte for byte.
 *  @param subject for messages, e.g. `quotas.sqlservers`
 *  @throws INPUT_INVALID when that cannot be done without losing something; then only replacing is left */
export function mergedSettings(
  known: ServiceQuotaSetting[],
  wanted: ServiceQuotaSetting[],
  subject: string,
): ServiceQuotaSetting[] {
  const merged = [...known];
  for (const setting of wanted) {
    const at = placeOf(setting.Key, merged);
    const found = merged[at];
    if (!found) merged.push(setting);
    else
      merged[at] = {
        ...found,
        ...setting,
        Key: found.Key,
        Value: mergedValue(found.Value, setting, `${subject}.${setting.Key}`),
      };
  }
  return merged;
}

/** A key in another case is the same where only one is meant: beside it, it would be a setting that nobody reads. */
function placeOf(key: string, settings: ServiceQuotaSetting[]): number {
  const exact = settings.findIndex(({ Key }) => Key === key);
  if (exact >= 0) return exact;
  const places = settings.flatMap(({ Key }, at) => (isSameName(Key, key) ? [at] : []));
  return places.length === 1 ? (places[0] ?? -1) : -1;
}

function mergedValue(known: string, { Value: wanted }: ServiceQuotaSetting, subject: string): string {
  if (known === wanted || known.trim() === '') return wanted;
  try {
    const [mine, theirs] = [structureIn(known), structureIn(wanted)];
    if (mine !== undefined && theirs !== undefined) {
      if (hasLongNumber(known)) throw new Unmergeable('it has numbers of more digits than can be kept');
      const merged = mergedJson(mine, theirs);
      return isDeepStrictEqual(merged, mine) ? known : JSON.stringify(merged);
    }
    if (isXml(known) && isXml(wanted)) return mergedXml(known, wanted);
    if (mine !== undefined) throw new Unmergeable('it is JSON in WAP');
    if (isXml(known)) throw new Unmergeable('it is XML in WAP');
    return wanted;
  } catch (error) {
    if (!(error instanceof Unmergeable)) throw error;
    const remedy = 'Give it in the form that WAP has, or whole, and choose to replace.';
    throw AdapterError.advising('INPUT_INVALID', `${subject}: it cannot be merged: ${error.message}. ${remedy}`, {
      subject,
    });
  }
}

/** An object or a list written as JSON; a text or a number alone is none. */
function structureIn(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasLongNumber(json: string): boolean {
  return /\d{16}/.test(json.replace(/"(?:\\.|[^"\\])*"/g, '""'));
}
