import { AdapterError } from '../../errors';

/** Where something goes wrong: reading from WAP, sending a batch on, the store. */
export type Where = 'poll' | 'send' | 'store';

/** A problem that lasts, for a person. */
export interface Problem {
  code: string;
  message: string;
}

/** What is wrong now, so that each problem is reported when it begins and when it ends, not at every try. */
export class Problems {
  readonly #now = new Map<Where, Problem & { kind: string }>();

  /** The oldest that lasts; null when all is well. */
  get first(): Problem | null {
    const [first] = this.#now.values();
    return first ? { code: first.code, message: first.message } : null;
  }

  /** True if this problem is new here. All retryable errors count as one, so a timeout after a reset is not reported
   *  twice. */
  begin(where: Where, error: unknown): boolean {
    const code = error instanceof AdapterError ? error.code : 'INTERNAL';
    const kind = error instanceof AdapterError && error.cause.retryable ? 'retryable' : code;
    const before = this.#now.get(where);
    this.#now.set(where, { kind, code, message: error instanceof Error ? error.message : String(error) });
    return before?.kind !== kind;
  }

  /** Answers the code of the problem that is over; null when there was none. */
  end(where: Where): string | null {
    const before = this.#now.get(where);
    this.#now.delete(where);
    return before?.code ?? null;
  }
}
