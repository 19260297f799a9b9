import { inChunks } from '../../async/in-chunks';
import type { Tx } from '../../state/port';
import { billingIdsOf } from '../../state/tables/mapping';
import type { MappingScope } from '../../state/tables/mapping-entry';
import { lastChange } from '../../state/tables/mapping-history';

/** The kind under which the mapping keeps WAP's and billing's id of a subscription. */
const subscriptionKind = 'subscription';

/** About 5 MB. */
const most = 20_000;

/** Billing's ids of subscriptions, remembered until somebody changes the mapping. */
export class BillingIds {
  #known = new Map<string, string>();
  #asOf = 0;

  constructor(private readonly scope: MappingScope) {}

  /** WAP id → billing id of those that are mapped; others may be among them. */
  async find(tx: Tx, wapIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const changed = await lastChange(tx, this.scope);
    if (changed !== this.#asOf || this.#known.size > most) this.#known = new Map();
    this.#asOf = changed;
    const known = this.#known;
    const unknown = wapIds.filter(id => !known.has(id));
    await inChunks(unknown, async some => {
      for (const [wapId, billingId] of await billingIdsOf(tx, this.scope, subscriptionKind, some)) {
        known.set(wapId, billingId);
      }
    });
    return known;
  }
}
