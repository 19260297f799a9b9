import type { NodeAPI } from 'node-red';

/** Tells each time Node-RED has started its flows, from the start that made this node on: only then are all the nodes
 *  there that a message may reach. */
export class FlowStarts {
  private readonly target = new EventTarget();
  private seen = false;

  constructor(
    { events }: NodeAPI,
    private readonly signal: AbortSignal,
  ) {
    const onStarted = () => {
      this.seen = true;
      this.target.dispatchEvent(new Event('started'));
    };
    events.on('flows:started', onStarted);
    signal.addEventListener('abort', () => events.removeListener('flows:started', onStarted), { once: true });
  }

  /** Calls back at each start, at once if the first has been. */
  onEach(callback: () => void): void {
    this.target.addEventListener('started', callback, { signal: this.signal });
    if (this.seen) callback();
  }
}
