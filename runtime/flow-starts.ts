import type { NodeAPI } from 'node-red';

type Listener = () => void;

/** One listener on Node-RED's events for all our nodes: its emitter warns of a leak above ten. */
const listeners = new WeakMap<NodeAPI['events'], Set<Listener>>();

function listenersOf(events: NodeAPI['events']): Set<Listener> {
  const known = listeners.get(events);
  if (known) return known;
  const all = new Set<Listener>();
  listeners.set(events, all);
  events.on('flows:started', () => {
    for (const listener of [...all]) listener();
  });
  return all;
}

/** Tells each time Node-RED has started its flows, from the start that made this node on: only then are all the nodes
 *  there that a message may reach. */
export class FlowStarts {
  private readonly callbacks = new Set<Listener>();
  private seen = false;

  constructor({ events }: NodeAPI, signal: AbortSignal) {
    const onStarted = () => {
      this.seen = true;
      for (const callback of this.callbacks) callback();
    };
    const all = listenersOf(events);
    all.add(onStarted);
    signal.addEventListener('abort', () => all.delete(onStarted), { once: true });
  }

  /** Calls back at each start, at once if the first has been. */
  onEach(callback: Listener): void {
    this.callbacks.add(callback);
    if (this.seen) callback();
  }
}
