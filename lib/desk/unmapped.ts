/** What WAP has and no billing id is known for. */
export interface Unmapped {
  kind: 'plan' | 'addon' | 'subscription';
  wapId: string;
  name: string | null;
  /** For a subscription: the account that has it. */
  account: string | null;
}

/** What was found in WAP as far as it was looked through. */
export interface UnmappedList {
  /** Plans, then add-ons, then subscriptions in the order in which they were made. */
  rows: Unmapped[];
  /** False: there may be more, because there are many, or WAP answers slowly. */
  isAll: boolean;
}
