import { AdapterError } from '../../errors';

/** Where something goes wrong: reading from WAP, sending an event out, the store. */
export type Place = 'poll' | 'send' | 'store';

/** What is wrong now, so that each trouble is told when it begins and when it ends, not at every try. */
export class Troubles {
  readonly #now = new Map<Place, { nature: string; code: string; message: string }>();

  /** The code of one that lasts; null when all is well. */
  get code(): string | null {
    const [first] = this.#now.values();
    return first?.code ?? null;
  }

  /** The same with its sentence. */
  get first(): { code: string; message: string } | null {
    const [first] = this.#now.values();
    return first ? { code: first.code, message: first.message } : null;
  }

  /** True when it is new: it begins, or changes its nature. What may pass by itself is one nature, so that a timeout
   *  after a broken connection is none. */
  begin(place: Place, error: unknown): boolean {
    const code = error instanceof AdapterError ? error.code : 'INTERNAL';
    const nature = error instanceof AdapterError && error.cause.retryable ? 'passing' : code;
    const before = this.#now.get(place);
    this.#now.set(place, { nature, code, message: error instanceof Error ? error.message : String(error) });
    return before?.nature !== nature;
  }

  /** The code of the one that was there; null without any. */
  end(place: Place): string | null {
    const before = this.#now.get(place);
    this.#now.delete(place);
    return before?.code ?? null;
  }
}
