import { isDeepStrictEqual } from 'node:util';
import { AdapterError } from '../../errors';
import { isSameName } from '../../ids';
import type { ServiceQuotaSetting } from '../types';
import { mergedJson, Unmergeable } from './merge-json';
import { isXml, mergedXml } from './merge-xml';

/** Merges wanted settings into those of a service: whatever is not named stays, also inside a value that is JSON or XML text.
 *  An unchanged value stays byte for byte.
 *  @param subject for messages, e.g. `quotas.sqlservers`
 *  @throws INPUT_INVALID when that would lose something; then the only way is to replace */
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

/** A key in another case is the same setting if only one can be meant: added beside it, nothing would read it. */
function placeOf(key: string, settings: ServiceQuotaSetting[]): number {
  const exact = settings.findIndex(({ Key }) => Key === key);
  if (exact >= 0) return exact;
  const places = settings.flatMap(({ Key }, at) => (isSameName(Key, key) ? [at] : []));
  return places.length === 1 ? (places[0] ?? -1) : -1;
}

/** Two texts, merged if both are JSON or both XML; plain text is replaced. @throws INPUT_INVALID naming `subject` */
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

/** Text that holds a JSON object or list; a lone string or number does not count. */
function structureIn(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** 16 digits in a row outside of texts: read as a number, the last of them would be rounded. */
function hasLongNumber(json: string): boolean {
  return /\d{16}/.test(json.replace(/"(?:\\.|[^"\\])*"/g, '""'));
}
