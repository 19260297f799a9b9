import type { NodeAPI } from 'node-red';
import type { BillingConnection } from '../../lib/billing/connection';
import { AdapterError } from '../../lib/errors';
import type { Store } from '../../lib/state/port';
import type { Days } from '../../lib/usage/totals/days';
import type { WapConnection } from '../../lib/wap/connection';
import type { Closable, SharedHandle } from './shared-handle';

/** The store, a place where a node tells the others that something was settled in it, and the days by which usage is added up. */
export interface StateHandle extends Closable {
  store: Store;
  /** Where files of ours belong: Node-RED's user directory, whatever it was started in. */
  folder: string;
  settled: EventTarget;
  days: Days;
}

/** What each configuration node gives to the nodes that use it. */
export interface HandleTypes {
  'wap-connection': WapConnection;
  'billing-connection': BillingConnection;
  'billing-state': StateHandle;
}

/** The configuration nodes a node uses: property in its dialog → type of the configuration node. */
export type Uses = Record<string, keyof HandleTypes>;
export type Handles<U extends Uses> = { [K in keyof U]: HandleTypes[U[K]] };

/** The handles a running node holds; released together when it closes. */
export class HeldHandles<U extends Uses> {
  readonly #held = new Map<string, Promise<Handles<U>[keyof U]>>();
  readonly #releases: Array<() => void> = [];

  readonly #RED: NodeAPI;
  readonly #uses: U;
  readonly #saved: Record<string, unknown>;

  constructor(RED: NodeAPI, uses: U, saved: Record<string, unknown>) {
    this.#RED = RED;
    this.#uses = uses;
    this.#saved = saved;
  }

  /** The property whose configuration node is missing or disabled, if any. */
  missing(): string | undefined {
    return Object.keys(this.#uses).find(property => !this.#find(property));
  }

  /** @throws INPUT_CONFIG when a configuration node is missing; what opening it throws otherwise. */
  async all(): Promise<Handles<U>> {
    const entries = await Promise.all(
      Object.keys(this.#uses).map(async property => [property, await this.#one(property)] as const),
    );
    return Object.fromEntries(entries) as Handles<U>;
  }

  release(): void {
    for (const release of this.#releases.splice(0)) release();
    this.#held.clear();
  }

  #one(property: string): Promise<Handles<U>[keyof U]> {
    const known = this.#held.get(property);
    if (known !== undefined) return known;
    const shared = this.#find(property);
    if (!shared) {
      throw AdapterError.advising(
        'INPUT_CONFIG',
        `${property}: choose a ${this.#uses[property]} in the dialog; it is missing or disabled.`,
        { subject: property },
      );
    }
    const handle = shared.acquire();
    this.#held.set(property, handle);
    handle.then(
      () => this.#releases.push(() => shared.release()),
      () => this.#held.delete(property), // the next message tries again
    );
    return handle;
  }

  #find(property: string): SharedHandle<Handles<U>[keyof U]> | undefined {
    const id = this.#saved[property];
    const node: unknown = typeof id === 'string' && id !== '' ? this.#RED.nodes.getNode(id) : undefined;
    return isConfigNode<Handles<U>[keyof U]>(node) ? node.shared : undefined;
  }
}

/** A configuration node of this package, by what it shares. */
export function isConfigNode<H>(node: unknown): node is { shared: SharedHandle<H> } {
  return typeof node === 'object' && node !== null && 'shared' in node;
}
