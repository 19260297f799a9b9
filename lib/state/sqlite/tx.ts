import type { Clock } from '../../async/clock';
import { AdapterError } from '../../errors';
import type { Params, Statement, Tx } from '../port';
import type { SqliteStatement } from './module';

/** One transaction on the store's connection, as its work and the idle watch see it. A statement after its end is refused: on
 *  the one connection it would silently become part of the next transaction. */
export class SqliteTx implements Tx {
  readonly #clock: Clock;
  readonly #run: <R>(text: string, act: (statement: SqliteStatement) => R) => R;
  readonly #parted: () => Promise<void>;
  /** Its work may still run statements. */
  open = true;
  /** Some row was changed since the last part began. */
  wrote = false;
  /** When the last statement ran, ms UTC; infinite while the store itself is busy between two parts. */
  usedAt: number;
  /** Between two parts: a statement now would run outside any transaction. */
  #between: Promise<void> | undefined;

  constructor(
    clock: Clock,
    run: <R>(text: string, act: (statement: SqliteStatement) => R) => R,
    parted: () => Promise<void>,
  ) {
    this.#clock = clock;
    this.#run = run;
    this.#parted = parted;
    this.usedAt = clock.now();
  }

  async rows<Row>(statement: Statement<Row>, params: Params = {}): Promise<Row[]> {
    const rows = this.#use(statement.text, prepared => prepared.all(params) as Row[]);
    if (rows.length > 0 && !/^\s*SELECT/i.test(statement.text)) this.wrote = true;
    return rows;
  }

  /** See `Tx`. A statement that is no plain change, such as one of the schema, counts as a write whatever it answers. */
  async change(statement: Statement<never>, params: Params = {}): Promise<number> {
    const changes = this.#use(statement.text, prepared => Number(prepared.run(params).changes));
    if (changes > 0 || !/^\s*(INSERT|UPDATE|DELETE)/i.test(statement.text)) this.wrote = true;
    return changes;
  }

  /** See `Tx`. The time of the disk is not the work's: the idle watch must not count it. */
  async part(): Promise<void> {
    this.#refuseEnded();
    this.usedAt = Number.POSITIVE_INFINITY; // the store is busy, and the disk may be slow
    this.#between = this.#parted();
    await this.#between;
    this.#between = undefined;
    this.usedAt = this.#clock.now();
  }

  /** Accepts no more statements; resolves when none of its work goes on. */
  async end(): Promise<void> {
    this.open = false;
    await this.#between?.catch(() => undefined); // the error went to its work
  }

  #use<R>(text: string, act: (statement: SqliteStatement) => R): R {
    this.#refuseEnded();
    this.usedAt = this.#clock.now();
    return this.#run(text, act);
  }

  /** @throws STATE_UNAVAILABLE for a statement that nobody waits for */
  #refuseEnded(): void {
    if (!this.open || this.#between !== undefined) {
      throw new AdapterError('STATE_UNAVAILABLE', 'A statement came after its transaction had ended.');
    }
  }
}
