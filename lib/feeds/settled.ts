import { setMaxListeners } from 'node:events';
import type { Store } from '../state/port';

/** Weak, so that a store that was closed takes its listeners with it. */
const places = new WeakMap<Store, EventTarget>();

/** Dispatches `settled`, without content, when something in the store was settled, which may make room for the next batch. One
 *  a store, so that two configuration nodes with the same file wake each other's poll nodes. */
export function settledOf(store: Store): EventTarget {
  let place = places.get(store);
  if (!place) {
    place = new EventTarget();
    setMaxListeners(0, place); // one a poll node, however many there are
    places.set(store, place);
  }
  return place;
}

/** To be called after the commit: who hears it reads the store. */
export function tellSettled(place: EventTarget): void {
  place.dispatchEvent(new Event('settled'));
}
