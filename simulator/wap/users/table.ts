import { conflict, notFound } from '../errors';
import type { User } from './user';

/** Users by name, whatever the case. `SubscriptionCount` is made when shown. */
export class UserTable {
  readonly #byName = new Map<string, User>();
  #list: readonly User[] | null = null;

  constructor(users: Iterable<User> = []) {
    for (const user of users) this.put(user);
  }

  /** The same array as long as nothing changes. */
  all(): readonly User[] {
    this.#list ??= [...this.#byName.values()];
    return this.#list;
  }

  has(name: string): boolean {
    return this.#byName.has(name.toLowerCase());
  }

  /** @throws 404 */
  get(name: string): User {
    const user = this.#byName.get(name.toLowerCase());
    if (!user) throw notFound(`User '${name}' was not found.`);
    return user;
  }

  /** @throws 409 */
  add(user: User): void {
    if (this.has(user.Name)) throw conflict(`User '${user.Name}' exists already.`, 'Name');
    this.put(user);
  }

  put(user: User): void {
    this.#byName.set(user.Name.toLowerCase(), user);
    this.#list = null;
  }

  remove(name: string): void {
    this.#byName.delete(name.toLowerCase());
    this.#list = null;
  }
}

export function newUser(name: string, createdTime: string): User {
  return {
    Name: name,
    Email: name,
    State: 1,
    CreatedTime: createdTime,
    SubscriptionCount: 0,
    ActivationSyncState: 0,
    LastErrorMessage: null,
  };
}
