import type { SimulatedSubscription } from './usage-options';

/** The billed subscriptions, by their key and by billing's id. */
export class SubscriptionList {
  readonly #byKey = new Map<string, SimulatedSubscription>();
  readonly #ids = new Set<string>();
  #list: SimulatedSubscription[] | null = null;

  /** In the order of creation. */
  all(): SimulatedSubscription[] {
    this.#list ??= [...this.#byKey.values()];
    return this.#list;
  }

  find(key: string): SimulatedSubscription | undefined {
    return this.#byKey.get(key);
  }

  /** By either name. */
  knows(keyOrId: string): boolean {
    return this.#byKey.has(keyOrId) || this.#ids.has(keyOrId);
  }

  /** Adds it, or takes the place of the one with its key. */
  put(subscription: SimulatedSubscription): void {
    this.#byKey.set(subscription.key, subscription);
    this.#ids.add(subscription.id);
    this.#list = null;
  }

  use(subscriptions: SimulatedSubscription[]): void {
    this.#byKey.clear();
    this.#ids.clear();
    this.#list = null;
    for (const subscription of subscriptions) this.put(subscription);
  }
}
