import { foldId } from '../../ids';
import type { Quantity } from '../quantity';

/** Whether it comes from one record of WAP, whose id is in its key. */
export function isOfRecord({ key, recordId }: Quantity, installation: string): boolean {
  return recordId >= 0 && key.startsWith(recordStart(installation, recordId));
}

/** How the key of a record's quantity begins. */
const recordStart = (installation: string, id: number): string => `${installation}/usage/${id}/`;

/** The series of marks in which a quantity's `recordId` is its place: for quantities of records one series for each meter, for
 *  those of windows (after a line break) one for each series of windows. Null for a key that no meter made. */
export function seriesOf({ key, recordId, wapSubscriptionId }: Quantity, installation: string): string | null {
  if (!Number.isSafeInteger(recordId) || recordId < 0) return null;
  const start = recordStart(installation, recordId);
  if (key.startsWith(start)) return key.slice(start.length);
  const windows = `${installation}/meter/`;
  if (!key.startsWith(windows)) return null;
  // A window's quantities are numbered by its meter, whose name may hold anything.
  const end = foldId(key).indexOf(`/${foldId(wapSubscriptionId)}/`, windows.length);
  return end < 0 ? null : `\n${key.slice(windows.length, end)}`;
}
