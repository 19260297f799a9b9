import type { UsageRecord } from '../../../lib/wap/types';

/** Records made from their index: the same seed gives the same ones, and none is kept in memory. Shares are 0 to 1. */
export interface UsagePlan {
  /** Up to tens of millions. */
  count: number;
  /** Default 1. */
  seed?: number;
  /** Ids of the subscriptions, or how many to make up. Default: those the WAP holds, or 10 made up. */
  subscriptions?: string[] | number;
  /** The widest gap between two ids; default 3. 0: ids without gaps, from 1 on. */
  idGap?: number;
  /** Their periods lie in this many hours, the last one ending at the seeding; default 24. */
  hours?: number;
  /** Records that appear a minute, from the seeding on; default: all at once. */
  perMinute?: number;
  /** Odd texts (NaN, negative, empty) instead of a value; default 0.002. Many digits come at the same share. */
  oddShare?: number;
  /** Sent again by the provider: the same but for the EventId; default 0.002. */
  duplicateShare?: number;
  /** Appear `lateMs` after their neighbours, with ids below what was served by then; default 0. */
  lateShare?: number;
  /** Default 60000. */
  lateMs?: number;
  /** Pages are not in the order of their ids; default true. */
  unordered?: boolean;
}

/** One record put into the feed as it is; what is left out is filled in. One with a known EventId takes its place. */
export type SeedUsageRecord = Partial<UsageRecord> & {
  SubscriptionId: string;
  /** Not served before this time (ms UTC); default: at once. */
  availableAt?: number;
};

export interface ExpectedUsage {
  /** EventIds, both included; default: all. */
  fromId?: number;
  toId?: number;
  /** What can be read at this time, ms UTC; default: now. */
  at?: number;
  /** Leaves out what a provider sent again. */
  withoutDuplicates?: boolean;
}
