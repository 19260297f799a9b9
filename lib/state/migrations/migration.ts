import type { Tx } from '../port';

/** One step forward of the schema; never edited once released. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  id: number;
  name: string;
  up: readonly string[];
  /** What SQL alone cannot do, after `up`. */
  fill?(tx: Tx): Promise<void>;
}
