import { notFound } from '../errors';
import type { Subscription } from './subscription';

/** All subscriptions, quick to find and to count at 100 000. A kept one is never changed in place, but put anew: so an
 *  event may share it. */
export class SubscriptionTable {
  readonly #byId = new Map<string, Subscription>();
  readonly #ofPlan = new Map<string, number>();
  readonly #withAddOn = new Map<string, number>();
  readonly #ofUser = new Map<string, number>();
  #list: readonly Subscription[] | null = null;

  constructor(subscriptions: Iterable<Subscription> = []) {
    for (const subscription of subscriptions) this.put(subscription);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** In the order of creation; the same array as long as nothing changes. */
  all(): readonly Subscription[] {
    this.#list ??= [...this.#byId.values()];
    return this.#list;
  }

  find(id: string): Subscription | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  /** @throws 404 */
  get(id: string): Subscription {
    const found = this.find(id);
    if (!found) throw notFound(`Subscription '${id}' was not found.`);
    return found;
  }

  /** Adds it, or takes the place of the one with its id. */
  put(subscription: Subscription): void {
    const id = subscription.SubscriptionID.toLowerCase();
    const before = this.#byId.get(id);
    if (before) this.#count(before, -1);
    this.#byId.set(id, subscription);
    this.#count(subscription, 1);
    this.#list = null;
  }

  remove(id: string): void {
    const before = this.find(id);
    if (!before) return;
    this.#count(before, -1);
    this.#byId.delete(id.toLowerCase());
    this.#list = null;
  }

  ofPlan(planId: string): number {
    return this.#ofPlan.get(planId) ?? 0;
  }

  /** Subscriptions with at least one instance. */
  withAddOn(addOnId: string): number {
    return this.#withAddOn.get(addOnId) ?? 0;
  }

  ofUser(name: string): number {
    return this.#ofUser.get(name.toLowerCase()) ?? 0;
  }

  #count({ PlanId, AccountAdminLiveEmailId, AddOnReferences }: Subscription, by: 1 | -1): void {
    add(this.#ofPlan, PlanId, by);
    if (AccountAdminLiveEmailId !== null) add(this.#ofUser, AccountAdminLiveEmailId.toLowerCase(), by);
    if (AddOnReferences.length === 0) return;
    for (const id of new Set(AddOnReferences.map(reference => reference.AddOnId))) add(this.#withAddOn, id, by);
  }
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
