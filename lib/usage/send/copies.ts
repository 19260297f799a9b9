import { readToken } from '../../feeds/token';
import type { Store } from '../../state/port';
import type { Quantity } from '../quantity';

/** One a store, because the nodes that get copies know nothing of each other. */
const places = new WeakMap<Store, Copies>();

/** What is being sent now. It shows that several systems got a copy of the same quantities, so that a record is settled only
 *  when all of them have said what became of it. Only copies that are under way at the same time are seen. What two readers
 *  have of one record is settled for each by itself. */
export class Copies {
  readonly #underWay = new Set<Copy>();

  /** The copies under way from one store. */
  static of(store: Store): Copies {
    let place = places.get(store);
    if (!place) {
      place = new Copies();
      places.set(store, place);
    }
    return place;
  }

  /** `token` acknowledges the quantities that do not say by what they are. */
  enter(target: string, token: string | null, quantities: readonly Quantity[]): Copy {
    const copy = new Copy(target, token, quantities, this.#underWay);
    this.#underWay.add(copy);
    return copy;
  }
}

/** A message with quantities that is being sent to a system. */
export class Copy {
  /** How many systems have, or had, a key beside this one. */
  readonly #others = new Map<string, number>();
  /** By the key: the reader that it is of. */
  #readers: Map<string, number | null> | undefined;

  readonly #target: string;
  readonly #token: string | null;
  readonly #quantities: readonly Quantity[];
  /** What is being sent from this store, this copy included. */
  readonly #underWay: Set<Copy>;

  constructor(target: string, token: string | null, quantities: readonly Quantity[], underWay: Set<Copy>) {
    this.#target = target;
    this.#token = token;
    this.#quantities = quantities;
    this.#underWay = underWay;
  }

  /** No other copy is under way, or was since this one began. */
  get isAlone(): boolean {
    return this.#underWay.size === 1 && this.#others.size === 0;
  }

  /** How many systems have this quantity at the same time, this one included; `least` at least. Tells the copies that are still
   *  under way as well, because they will ask when this one has left. */
  count(quantity: Quantity, least: number): number {
    const { key } = quantity;
    const reader = this.#readerOf(quantity);
    const others = new Set<string>();
    for (const copy of this.#underWay) {
      if (copy.#target === this.#target || others.has(copy.#target) || !copy.#has(key, reader)) continue;
      others.add(copy.#target);
    }
    const count = Math.max(least, 1 + others.size, 1 + (this.#others.get(key) ?? 0));
    if (others.size > 0) for (const copy of this.#underWay) if (copy.#has(key, reader)) copy.#tell(key, count - 1);
    return count;
  }

  /** To be called whatever became of the message, or the copy counts for ever. */
  leave(): void {
    this.#underWay.delete(this);
  }

  /** Another copy has seen this one; the highest number counts. */
  #tell(key: string, others: number): void {
    this.#others.set(key, Math.max(others, this.#others.get(key) ?? 0));
  }

  /** Makes its map only when another system looks, which is rare. */
  #has(key: string, reader: number | null): boolean {
    this.#readers ??= new Map(this.#quantities.map(quantity => [quantity.key, this.#readerOf(quantity)]));
    const mine = this.#readers.get(key);
    if (mine === undefined) return false;
    return mine === null || reader === null || mine === reader;
  }

  /** Null when its token does not say whose it is: then it may be anybody's. */
  #readerOf({ token = this.#token ?? '' }: Quantity): number | null {
    return readToken(token)?.stream ?? null;
  }
}
