import type { Store } from '../../state/port';
import type { Quantity } from '../quantity';

const places = new WeakMap<Store, Copies>();

/** What is being sent now, to see that several systems got a copy of the same quantities: a record is then settled when all
 *  of them have said what became of it. Only what is under way at the same time is seen. */
export class Copies {
  readonly #underWay = new Set<Copy>();

  static of(store: Store): Copies {
    let place = places.get(store);
    if (!place) {
      place = new Copies();
      places.set(store, place);
    }
    return place;
  }

  enter(target: string, quantities: readonly Quantity[]): Copy {
    const copy = new Copy(target, quantities, this.#underWay);
    this.#underWay.add(copy);
    return copy;
  }
}

/** A message with quantities that is being sent to a system. */
export class Copy {
  /** How many systems have, or had, a key beside this one. */
  readonly #others = new Map<string, number>();
  #keys: Set<string> | undefined;

  constructor(
    private readonly target: string,
    private readonly quantities: readonly Quantity[],
    private readonly underWay: Set<Copy>,
  ) {}

  /** Nobody else is at it, or was while this one was. */
  get isAlone(): boolean {
    return this.underWay.size === 1 && this.#others.size === 0;
  }

  /** How many systems have this key at the same time, this one included, and `least` at least. Those that are still at it will
   *  know too. */
  count(key: string, least: number): number {
    const others = new Set<string>();
    for (const copy of this.underWay) {
      if (copy.target === this.target || others.has(copy.target) || !copy.#has(key)) continue;
      others.add(copy.target);
    }
    const count = Math.max(least, 1 + others.size, 1 + (this.#others.get(key) ?? 0));
    if (others.size > 0) for (const copy of this.underWay) if (copy.#has(key)) copy.#tell(key, count - 1);
    return count;
  }

  leave(): void {
    this.underWay.delete(this);
  }

  #tell(key: string, others: number): void {
    this.#others.set(key, Math.max(others, this.#others.get(key) ?? 0));
  }

  /** Another system looked: without one no set is made. */
  #has(key: string): boolean {
    this.#keys ??= new Set(this.quantities.map(quantity => quantity.key));
    return this.#keys.has(key);
  }
}
