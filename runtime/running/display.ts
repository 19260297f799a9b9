import type { Node, NodeAPI } from 'node-red';
import { type ShowStatus, statusOf } from '../node/status';
import { Waits } from '../node/waits';
import type { StepOutcome } from '../run/durable';

/** What of a definition decides how its messages show. */
interface Display {
  waits?: boolean;
  showsItself?: boolean;
}

/** What the status under a node says of the messages it handles. */
export class NodeDisplay {
  readonly status: ShowStatus;
  readonly #definition: Display;
  readonly #waits: Waits;
  /** Messages being handled now. */
  #atWork = 0;

  constructor(RED: NodeAPI, node: Node, definition: Display) {
    this.#definition = definition;
    this.status = statusOf(RED, node);
    this.#waits = new Waits(RED, () => this.#busy());
  }

  get isAtWork(): boolean {
    return this.#atWork > 0;
  }

  begin(): void {
    this.#atWork += 1;
    this.#busy();
  }

  /** The message is no longer handled; the status stays until one of the verbs below is called. */
  end(): void {
    this.#atWork -= 1;
  }

  /** Shows what is waited for, until what is returned is called. `until`: ms UTC; null: as long as it takes. */
  waitFor(name: string, until: number | null): () => void {
    return this.#waits.begin({ name, until });
  }

  /** After a message that came to nothing. */
  rest(): void {
    if (this.isAtWork) this.#busy();
    else if (!this.#definition.showsItself) this.status('nothing');
  }

  done({ status: text, look = 'done' }: StepOutcome): void {
    const { waits, showsItself } = this.#definition;
    if (waits && this.isAtWork) this.#busy();
    else if (showsItself) return;
    else if (text === undefined) this.status('nothing');
    else this.status(look, { text });
  }

  #busy(): void {
    const { waits, showsItself } = this.#definition;
    if (showsItself) return;
    const text = this.#waits.text();
    if (text !== null) this.status('waiting', { text });
    else if (waits) this.status('waiting', { count: this.#atWork });
    else this.status('working');
  }
}
