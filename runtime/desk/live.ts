import type { LoopStatus } from '../../lib/feeds/loop/contract';
import type { Poller } from '../../lib/feeds/loop/poller';
import type { Store } from '../../lib/state/port';
import type { Workflow } from '../run/workflow';

/** What runs in this process on a store, and the desk can tell things to. */
export type Live = LiveFeed | LiveWorkflow;

/** A poll node. */
export interface LiveFeed {
  kind: 'feed';
  nodeId: string;
  /** The node's name, or its type and id. */
  name: string;
  feed: 'usage' | 'events';
  installation: string;
  /** The reader's name. */
  consumer: string;
  poller: FeedPoller;
}

/** What both kinds of poller are to the desk. */
export type FeedPoller = Pick<Poller<{ token: string }, LoopStatus>, 'obey' | 'health' | 'sizeOf'> & {
  /** `waiting`: items that can go out now or later. */
  status(): Promise<LoopStatus & { waiting: number }>;
};

/** A start node. */
export interface LiveWorkflow {
  kind: 'workflow';
  nodeId: string;
  /** The workflow's name. */
  name: string;
  workflow: Workflow;
}

const running = new WeakMap<Store, Set<Live>>();

/** Makes it known to the desk until the signal aborts. */
export function beLive(store: Store, live: Live, signal: AbortSignal): void {
  const all = running.get(store) ?? new Set();
  running.set(store, all);
  all.add(live);
  signal.addEventListener('abort', () => all.delete(live), { once: true });
}

export function liveOn(store: Store): Live[] {
  return [...(running.get(store) ?? [])];
}
