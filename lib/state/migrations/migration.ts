import type { Tx } from '../port';

/** One step of the schema, forward only; never edited once released. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  id: number;
  /** Kept in `schema_version` beside the number, for people who look into the file. */
  name: string;
  /** One statement a text, run in this order. */
  up: readonly string[];
  /** What SQL alone cannot do, after `up`. */
  fill?(tx: Tx): Promise<void>;
}
