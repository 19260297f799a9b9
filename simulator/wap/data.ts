import type { Kind, Plan, PlanAddOn } from '../../lib/wap/types';
import type { StoredEvent } from './events/event';
import type { Subscription } from './subscriptions/subscription';
import type { SeedUsageRecord, UsagePlan } from './usage/options';
import type { User } from './users/user';

export const wapFormat = 'wap-simulator-1';

/** What a WAP keeps beside its tables. Counts and embedded objects are made when shown. */
export interface WapData {
  format: typeof wapFormat;
  plans: Plan[];
  addons: PlanAddOn[];
  lastEventId: number;
  random: number;
  /** Quotas on their way, done at `dueAt`. */
  syncs: QuotaSync[];
  /** Subscriptions that are DeletePending. */
  deletions: Deletion[];
}

/** Exactly what a state file holds. What is optional came later than the first such files. */
export type SavedWap = Omit<WapData, 'deletions'> & {
  subscriptions: Subscription[];
  events: StoredEvent[];
  deletions?: Deletion[];
  users?: User[];
  usage?: SavedUsage;
};

export interface SavedUsage {
  records: SeedUsageRecord[];
  /** With all its defaults, and when it was seeded. */
  plan: (Required<Omit<UsagePlan, 'perMinute'>> & { perMinute: number | null; seededAt: number }) | null;
}

export interface QuotaSync {
  kind: Kind | 'subscription';
  id: string;
  dueAt: number;
}

export interface Deletion {
  id: string;
  /** null: the providers never answer. */
  dueAt: number | null;
  /** The event was raised already, when a tenant asked for it. */
  told: boolean;
  /** Shown in the event: the state that billing knows of. */
  state: number;
}

export function emptyData(seed: number): WapData {
  return { format: wapFormat, plans: [], addons: [], lastEventId: 0, random: seed, syncs: [], deletions: [] };
}
