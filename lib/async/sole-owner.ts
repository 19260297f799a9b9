/** Who alone may do something in this process, such as read a feed into a store. Forgotten with the scope. */
export class SoleOwners<Scope extends object, Owner> {
  readonly #owners = new WeakMap<Scope, Map<string, Owner>>();

  /** Who has `key` of the scope now. */
  of(scope: Scope, key: string): Owner | undefined {
    return this.#owners.get(scope)?.get(key);
  }

  /** Makes `owner` the one who has it, and answers how to give it back; null while somebody has it, also the same one.
   *  Giving back twice takes nothing from who came after. */
  take(scope: Scope, key: string, owner: Owner): (() => void) | null {
    const owners = this.#owners.get(scope) ?? new Map<string, Owner>();
    this.#owners.set(scope, owners);
    if (owners.has(key)) return null;
    owners.set(key, owner);
    let isMine = true;
    return () => {
      if (isMine) owners.delete(key);
      isMine = false;
    };
  }
}
