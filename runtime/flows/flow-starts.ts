import type { NodeAPI } from 'node-red';

/** A start of the flows: after a deploy, or of Node-RED. */
export interface FlowStart {
  /** Ids of the nodes, subflows and tabs that it stopped, changed, removed, added or wired anew; null: all there are. */
  touched: ReadonlySet<string> | null;
}

type Listener = (start: FlowStart) => void;

/** As Node-RED 4.1 and 5 tell it; `diff` is missing when Node-RED itself starts. */
interface Told {
  type?: string;
  diff?: Partial<Record<(typeof parts)[number], string[]>> & { globalConfigChanged?: boolean };
}

const parts = ['added', 'changed', 'removed', 'rewired', 'linked', 'flowChanged'] as const;

const readStart = ({ type, diff }: Told = {}): FlowStart => ({
  touched:
    !diff || type === 'full' || diff.globalConfigChanged ? null : new Set(parts.flatMap(part => diff[part] ?? [])),
});

/** One listener on Node-RED's events for all our nodes: its emitter warns of a leak above ten. */
const listeners = new WeakMap<NodeAPI['events'], Set<Listener>>();

function listenersOf(events: NodeAPI['events']): Set<Listener> {
  const known = listeners.get(events);
  if (known) return known;
  const all = new Set<Listener>();
  listeners.set(events, all);
  events.on('flows:started', (told?: Told) => {
    const start = readStart(told);
    for (const listener of [...all]) listener(start);
  });
  return all;
}

/** Tells each time Node-RED has started its flows, from the start that made this node on: only then are all the nodes
 *  there that a message may reach. */
export class FlowStarts {
  readonly #callbacks = new Set<Listener>();
  #last: FlowStart | undefined;

  constructor({ events }: NodeAPI, signal: AbortSignal) {
    const onStarted = (start: FlowStart) => {
      this.#last = start;
      for (const callback of this.#callbacks) callback(start);
    };
    const all = listenersOf(events);
    all.add(onStarted);
    signal.addEventListener('abort', () => all.delete(onStarted), { once: true });
  }

  /** Calls back at each start, at once if the first has been. */
  onEach(callback: Listener): void {
    this.#callbacks.add(callback);
    if (this.#last) callback(this.#last);
  }
}
