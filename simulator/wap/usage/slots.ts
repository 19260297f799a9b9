import type { SavedUsage } from '../data';
import { badRequest } from '../errors';
import { chanceOf, hashOf } from './hash';
import type { UsagePlan } from './options';

/** A plan with all its defaults. */
export type FullUsagePlan = NonNullable<SavedUsage['plan']>;

const hourMs = 3_600_000;
const use = { id: 11, duplicate: 12, distance: 13, late: 14 };

/** @throws 400 */
export function fullPlan(plan: UsagePlan, seededAt: number, known: string[]): FullUsagePlan {
  const full = withDefaults(plan, seededAt, known);
  const { subscriptions } = full;
  const names = ['count', 'seed', 'idGap', 'hours'] as const;
  const odd = names.find(name => !Number.isSafeInteger(full[name]) || full[name] < (name === 'hours' ? 1 : 0));
  if (odd) throw badRequest(`${odd} of the usage must be a whole number.`, odd);
  if ((Array.isArray(subscriptions) ? subscriptions.length : subscriptions) < 1) {
    throw badRequest('Usage needs a subscription.', 'subscriptions');
  }
  if (full.perMinute !== null && !(full.perMinute > 0)) throw badRequest('perMinute must be above 0.', 'perMinute');
  return full;
}

function withDefaults(plan: UsagePlan, seededAt: number, known: string[]): FullUsagePlan {
  return {
    count: plan.count,
    seed: plan.seed ?? 1,
    subscriptions: plan.subscriptions ?? (known.length > 0 ? known : 10),
    idGap: plan.idGap ?? 3,
    hours: plan.hours ?? 24,
    perMinute: plan.perMinute ?? null,
    oddShare: plan.oddShare ?? 0.002,
    duplicateShare: plan.duplicateShare ?? 0.002,
    lateShare: plan.lateShare ?? 0,
    lateMs: plan.lateMs ?? 60_000,
    unordered: plan.unordered ?? true,
    seededAt,
  };
}

/** Where each record of a plan stands: its id, its hour, when it appears, and what it repeats. All from its index. */
export class UsageSlots {
  readonly #stride: number;

  constructor(readonly plan: FullUsagePlan) {
    this.#stride = plan.idGap + 1;
  }

  /** Rises with the index. */
  id(index: number): number {
    return 1 + index * this.#stride + (hashOf(this.plan.seed, index, use.id) % this.#stride);
  }

  /** The first index with this id or a higher one. */
  from(startId: number): number {
    const index = Math.max(0, Math.floor((startId - 1) / this.#stride));
    return this.id(index) < startId ? index + 1 : index;
  }

  /** Whose content it carries: its own, unless the provider sends an earlier record again. */
  source(index: number): number {
    const { seed, duplicateShare } = this.plan;
    if (!this.#repeats(index, duplicateShare)) return index;
    const earlier = index - 1 - (hashOf(seed, index, use.distance) % 50);
    const fits = earlier >= 0 && !this.#repeats(earlier, duplicateShare) && !this.late(earlier);
    return fits ? earlier : index;
  }

  late(index: number): boolean {
    const { seed, lateShare } = this.plan;
    return lateShare > 0 && chanceOf(seed, index, use.late) < lateShare;
  }

  /** Not before `now`: an index from here on has not come yet, whether late or not. */
  reached(now: number): number {
    const { count, perMinute, seededAt } = this.plan;
    if (now < seededAt) return 0;
    return perMinute === null ? count : Math.min(count, Math.floor(((now - seededAt) * perMinute) / 60_000) + 1);
  }

  /** Of one that has been reached. */
  visible(index: number, now: number): boolean {
    return !this.late(index) || this.#dueAt(index) + this.plan.lateMs <= now;
  }

  /** The end of its hour, ms UTC; never falls with the index. */
  hourEnd(index: number): number {
    const { count, hours, perMinute, seededAt } = this.plan;
    if (perMinute !== null) return wholeHour(this.#dueAt(index));
    return wholeHour(seededAt) - (hours - 1 - Math.floor((index * hours) / count)) * hourMs;
  }

  /** The first index that is not older than `oldest`, ms UTC. */
  firstKept(oldest: number): number {
    let low = 0;
    let high = this.plan.count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.hourEnd(middle) < oldest) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #repeats(index: number, share: number): boolean {
    return share > 0 && chanceOf(this.plan.seed, index, use.duplicate) < share;
  }

  #dueAt(index: number): number {
    const { perMinute, seededAt } = this.plan;
    return perMinute === null ? seededAt : seededAt + Math.floor((index * 60_000) / perMinute);
  }
}

const wholeHour = (ms: number): number => Math.floor(ms / hourMs) * hourMs;
