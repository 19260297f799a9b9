import type { NodeAPI } from 'node-red';

/** The views of the desk whose content can change by itself. */
export type DeskView = 'overview' | 'waiting' | 'runs' | 'letters' | 'mapping' | 'usage' | 'acts';

const hintTopic = 'wap-billing/desk';
/** An editor is told of a view at most this often, however much happens: each time it asks for the view again. */
const pauseMs = 1_000;

let publish: ((view: DeskView) => void) | null = null;
const waiting = new Set<DeskView>();
let timer: NodeJS.Timeout | null = null;

const listeners = new Map<DeskView, Set<() => void>>();

/** Calls back, in this process and at once, whenever what a view shows has changed; until what is returned is called. */
export function onHint(view: DeskView, listener: () => void): () => void {
  const all = listeners.get(view) ?? new Set();
  listeners.set(view, all);
  all.add(listener);
  return () => all.delete(listener);
}

/** Open editors are told through Node-RED's own channel, which carries no content: only which view has changed. */
export function hintsThrough(RED: NodeAPI): void {
  publish = view => RED.comms.publish(hintTopic, { view }, false);
  RED.events.on('flows:started', () => hint('overview')); // the editor hears of a deploy before anything runs
}

/** Something that these views show has changed. Costs nothing when it is called for every message. */
export function hint(...views: DeskView[]): void {
  for (const view of views) {
    waiting.add(view);
    for (const listener of listeners.get(view) ?? []) listener();
  }
  if (timer !== null) return;
  timer = setTimeout(() => {
    timer = null;
    for (const view of waiting) publish?.(view);
    waiting.clear();
  }, pauseMs);
  timer.unref();
}
