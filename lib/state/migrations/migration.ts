import type { Tx } from '../port';

/** One step of the schema, forward only; never edited once released. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  id: number;
  name: string;
  up: readonly string[];
  /** What SQL alone cannot do, after `up`. */
  fill?(tx: Tx): Promise<void>;
}
