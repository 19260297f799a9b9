/** A metered quantity on its way to billing; the subscription's billing id is added when it is sent. */
export interface Quantity {
  /** The record of the delivery that it belongs to, by which its outcome is settled. */
  recordId: number;
  /** Stable key, the same however often the quantity is sent. */
  key: string;
  /** As WAP spells it in the record. */
  wapSubscriptionId: string;
  meter: string;
  unit: string | null;
  /** Exact decimal, `.` as its point. Negative only in an adjustment. */
  quantity: string;
  /** ISO 8601 UTC. */
  startTime: string;
  endTime: string;
  /** Corrects a window that was billed already. */
  adjustment: boolean;
  /** What billing may want to show beside it; no part of what is billed. */
  properties: Record<string, string>;
  /** The token of the delivery that acknowledges it; left out: that of the message. */
  token?: string;
  /** How many quantities its record has in all; left out: those of the message. */
  recordQuantities?: number;
}
