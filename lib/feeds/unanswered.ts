import type { Alarm } from './alarms';

/** A batch that was not wholly acknowledged in time and comes again. */
export interface Overdue {
  feed: Alarm['feed'];
  /** How much of it is not settled, and the lowest id of that. */
  left: number;
  firstId: number;
  /** How much of it there was. */
  total: number;
  /** How often it was sent. */
  attempt: number;
}

/** What is emitted next, if anything, and the batches that nobody acknowledged in time. */
export interface TakenWith<T> {
  taken: T | null;
  overdue: Overdue[];
}

/** Alarms kept until they are fetched. */
const most = 100;

/** Batches that nobody acknowledged in time, wholly or in part, as alarms: the first time, and then each time the attempts
 *  have doubled. */
export class Unanswered {
  #alarms: Alarm[] = [];

  /** Takes in what a look found overdue. */
  note(overdue: readonly Overdue[]): void {
    for (const batch of overdue) this.#noteOne(batch);
  }

  /** At attempts 1, 2, 4, 8 …: a batch that comes again for days must not fill the log. */
  #noteOne({ feed, left, firstId, total, attempt }: Overdue): void {
    if (left === 0 || (attempt & (attempt - 1)) !== 0 || this.#alarms.length >= most) return;
    const message =
      `${left} of ${total}, from id ${firstId} on, got no acknowledgement in time (attempt ${attempt}) and come again: see which ` +
      'node holds or drops them. What a filter leaves out is settled by a wap-ack on its other output.';
    this.#alarms.push({ kind: 'unacknowledged', feed, eventId: firstId, message });
  }

  /** Those since the last time. */
  take(): Alarm[] {
    const alarms = this.#alarms;
    if (alarms.length > 0) this.#alarms = [];
    return alarms;
  }
}
