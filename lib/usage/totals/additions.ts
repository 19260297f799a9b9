import type { MappingScope } from '../../state/tables/mapping-entry';
import type { TotalKey } from '../../state/tables/usage-total';
import { ExactSum } from './exact-sum';
import type { PartGroup } from './part';

/** What is added to one total. */
export interface Addition {
  sum: ExactSum;
  items: number;
  firstId: number;
  lastId: number;
}

/** What is added to the totals of one meter and day, by subscription as it was written. */
export interface Additions extends Omit<TotalKey, 'subscription'> {
  scope: MappingScope;
  of: Map<string, Addition>;
}

/** What many parts add together. */
export class Sums {
  readonly #all = new Map<string, Additions>();

  get all(): Iterable<Additions> {
    return this.#all.values();
  }

  /** In place: a heap takes in thousands of parts. */
  add(group: PartGroup): void {
    const { of } = this.#additionsOf(group);
    const { subscriptions, quantities, items, ids } = group;
    const [usual = [-1, -1]] = ids;
    for (let at = 0; at < subscriptions.length; at++) {
      const addition = additionTo(of, subscriptions[at] ?? '');
      addition.sum.add(quantities[at] ?? '0');
      addition.items += items?.[at] ?? 1;
      const [first, last] = ids[at] ?? usual;
      if (first < addition.firstId) addition.firstId = first;
      if (last > addition.lastId) addition.lastId = last;
    }
  }

  /** All of it as one part. */
  toGroups(): PartGroup[] {
    return [...this.#all.values()].map(({ scope, of, ...key }) => {
      const group = { ...scope, ...key, subscriptions: [...of.keys()] };
      const additions = [...of.values()];
      return {
        ...group,
        quantities: additions.map(({ sum }) => sum.toString()),
        items: additions.map(addition => addition.items),
        ids: additions.map(({ firstId, lastId }): [number, number] => [firstId, lastId]),
      };
    });
  }

  /** The additions of a part's meter and day. */
  #additionsOf({ installation, target, day, meter, unit, zone }: PartGroup): Additions {
    const key = JSON.stringify([installation, target, day, zone, unit, meter]);
    const known = this.#all.get(key);
    if (known) return known;
    const made = { day, meter, unit, zone, scope: { installation, target }, of: new Map() };
    this.#all.set(key, made);
    return made;
  }
}

/** A first id higher than any stands for "none yet". */
function additionTo(of: Map<string, Addition>, subscription: string): Addition {
  const known = of.get(subscription);
  if (known) return known;
  const made = { sum: new ExactSum(), items: 0, firstId: Number.MAX_SAFE_INTEGER, lastId: -1 };
  of.set(subscription, made);
  return made;
}
