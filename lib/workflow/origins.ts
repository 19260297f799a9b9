import { reached, type Wires } from './wiring';

/** An output by which messages begin: those of runs, those that a poll node delivers, or any other. */
export interface Source {
  is: 'run' | 'feed' | 'other';
  to: readonly string[];
}

/** Where the messages that reach a node begin, as far as the wires tell. */
export class Origins {
  readonly #inRuns: Set<string>;
  readonly #outsideRuns: Set<string>;
  readonly #ofFeeds: Set<string>;
  readonly #ofNoFeed: Set<string>;

  readonly #wires: Wires;

  constructor(wires: Wires, sources: readonly Source[]) {
    this.#wires = wires;
    const from = (...kinds: Array<Source['is']>) =>
      sources.filter(({ is }) => kinds.includes(is)).flatMap(({ to }) => to);
    this.#inRuns = this.#behind(from('run'), false);
    this.#outsideRuns = this.#behind(from('feed', 'other'), false);
    // What a feed delivered stays on the message of the run that it starts.
    this.#ofFeeds = this.#behind(from('feed'), true);
    this.#ofNoFeed = this.#behind(from('other'), true);
  }

  /** Whatever comes to the node came through a start node. */
  onlyRuns(id: string): boolean {
    return this.#inRuns.has(id) && !this.#outsideRuns.has(id);
  }

  /** Whatever comes to the node was delivered by a poll node. */
  onlyFeeds(id: string): boolean {
    return this.#ofFeeds.has(id) && !this.#ofNoFeed.has(id);
  }

  /** All nodes that messages from here can come to; `throughEnds`: also on messages that leave an end of a run. */
  #behind(from: readonly string[], throughEnds: boolean): Set<string> {
    const next = (id: string) => {
      const stop = this.#wires(id);
      return !stop || (stop.kind === 'end' && !throughEnds) ? [] : stop.outputs.flat();
    };
    return new Set(reached(from, next));
  }
}
