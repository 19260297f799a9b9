import type { Tx } from '../../state/port';
import { openExceptions } from '../../state/tables/usage-exception';
import { countPages } from '../../state/tables/usage-page';
import type { UsageStream } from '../../state/tables/usage-stream';
import type { Alarm } from '../alarms';
import type { RecordOptions } from './options';

/** `maxStored`: records in pages that are not settled; `maxExceptions`: open records with rows of their own. */
type Bounds = Pick<RecordOptions, 'maxStored' | 'maxExceptions'>;

/** Whether reading has to wait because too much is stored and not settled. */
export async function isTooMuchOpen(tx: Tx, stream: number, { maxStored, maxExceptions }: Bounds): Promise<boolean> {
  const { unsettled } = await countPages(tx, stream);
  return unsettled >= maxStored || (await openExceptions(tx, stream)) >= maxExceptions;
}

/** A bound that is reached is how a slow flow slows reading down. It is an alarm only when nothing is settled from one turn to
 *  the next. */
export class Standstill {
  readonly #maxStored: number;
  /** How far was delivered at the last turn that found too much stored. */
  #at: { delivered: number; told: boolean } | null = null;

  constructor(maxStored: number) {
    this.#maxStored = maxStored;
  }

  /** Reading goes on. */
  over(): void {
    this.#at = null;
  }

  /** A turn found too much stored. */
  turn({ delivered }: UsageStream): Alarm[] {
    const before = this.#at;
    const stands = before?.delivered === delivered;
    this.#at = { delivered, told: stands };
    if (!stands || before.told) return [];
    const message =
      `${this.#maxStored} usage records or more are stored and none was acknowledged lately: reading stops ` +
      'until the flow acknowledges them. Nothing is lost as long as WAP keeps them (40 days).';
    return [{ kind: 'full', feed: 'usage', eventId: null, message }];
  }
}
