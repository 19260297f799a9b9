import { createHash } from 'node:crypto';
import type { Tx } from '../../state/port';
import { nextId } from '../../state/tables/meter-series';
import { billWindow, dueWindows, type WindowRow } from '../../state/tables/meter-window';
import { Decimal, toText } from '../decimal';
import type { Quantity } from '../quantity';
import { quantityOf } from './accumulator';
import type { Identity } from './contributions';
import type { Outbox } from './outbox';

/** A meter's windows: their number in the store, and what names them. */
interface Series {
  id: number;
  installation: string;
  series: string;
}

/** Makes quantities of windows, in one transaction with the note of what was billed. A window that was billed before gives
 *  only the difference, if there is one, marked as an adjustment. Answers how many windows it went through. */
export async function closeWindows(
  tx: Tx,
  series: Series,
  of: Parameters<typeof dueWindows>[2],
  outbox: Outbox,
): Promise<number> {
  const rows = await dueWindows(tx, series.id, of);
  for (const row of rows) await closeWindow(tx, series, row, of.now, outbox);
  return rows.length;
}

/** Makes the quantity of one window and notes what it was billed with. */
async function closeWindow(tx: Tx, series: Series, row: WindowRow, now: number, outbox: Outbox): Promise<void> {
  const identity: Identity = JSON.parse(row.identity);
  const kept = { ...row, total: new Decimal(row.total), count: row.records };
  const value = quantityOf(identity.aggregate, kept);
  const change = row.billed === null ? value : value.minus(row.billed);
  // A late record need not change the quantity, for example a smaller value of a maximum: nothing is sent then.
  if (row.billed !== null && change.eq(0)) return billWindow(tx, series.id, row, row.billed, row.bills);
  const recordId = await nextId(tx, series.id);
  const key = keyOf(series, row, identity);
  const quantity: Quantity = {
    recordId,
    // Numbered, because each adjustment of a window is billed in addition to those before.
    key: row.billed === null ? key : `${key}/adjustment-${row.bills}`,
    wapSubscriptionId: row.subscription,
    meter: identity.meter,
    unit: identity.unit,
    quantity: toText(change),
    startTime: new Date(row.startsAt).toISOString(),
    endTime: new Date(row.endsAt).toISOString(),
    adjustment: row.billed !== null,
    properties: identity.apart,
  };
  await outbox.put(tx, quantity, now);
  await billWindow(tx, series.id, row, toText(value), row.bills + 1);
}

/** What is billed apart can be long and may hold anything, so the key has a digest of it. */
function keyOf({ installation, series }: Series, row: WindowRow, { meter }: Identity): string {
  const { startsAt, endsAt, keySubscription, identity } = row;
  const digest = createHash('sha256').update(`${endsAt}\n${identity}`).digest('hex').slice(0, 16);
  return `${installation}/meter/${series}/${keySubscription}/${meter}/${new Date(startsAt).toISOString()}/${digest}`;
}
