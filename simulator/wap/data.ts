import type { Kind, Plan, PlanAddOn } from '../../lib/wap/types';
import type { StoredEvent } from './options';
import type { Subscription } from './subscription';

export const wapFormat = 'wap-simulator-1';

/** Everything a WAP keeps; exactly what a state file holds. Counts and embedded objects are made when shown. */
export interface WapData {
  format: typeof wapFormat;
  plans: Plan[];
  addons: PlanAddOn[];
  subscriptions: Subscription[];
  events: StoredEvent[];
  lastEventId: number;
  random: number;
  /** Quotas on their way to the subscriptions, done at `dueAt`. */
  syncs: QuotaSync[];
}

export interface QuotaSync {
  kind: Kind;
  id: string;
  dueAt: number;
}

export function emptyData(seed: number): WapData {
  return {
    format: wapFormat,
    plans: [],
    addons: [],
    subscriptions: [],
    events: [],
    lastEventId: 0,
    random: seed,
    syncs: [],
  };
}
