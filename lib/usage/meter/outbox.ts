import { randomUUID } from 'node:crypto';
import { SetBack } from '../../async/set-back';
import type { Alarm } from '../../feeds/alarms';
import { bringForward, releaseAll, releaseOverdue } from '../../feeds/events/delivery';
import { Unanswered } from '../../feeds/unanswered';
import { foldId } from '../../ids';
import type { Store, Tx } from '../../state/port';
import { addBatch, openBatches, pruneBatches } from '../../state/tables/batch';
import type { ConsumerKey } from '../../state/tables/cursor';
import { addDelivery, dueDeliveries, sendDelivery } from '../../state/tables/delivery';
import { pruneParts } from '../../state/tables/delivery-part';
import { deadCount, dropDelivery, nextDueAt, openCounts, selectSettled } from '../../state/tables/delivery-status';
import { bodyOf, dropEvent, keepEvent } from '../../state/tables/inbox';
import type { Quantity } from '../quantity';

/** How quantities go out. Times in ms. */
export interface OutboxOptions {
  /** Quantities in one message. */
  batchSize: number;
  /** Messages that may be open (sent and not acknowledged) at once. */
  maxOpenBatches: number;
  /** After how long a message that nobody acknowledged is sent again, ms. */
  redeliveryMs: number;
}

/** Quantities that are emitted together and acknowledged with one token. */
export interface OutboxBatch {
  token: string;
  feed: string;
  firstId: number;
  lastId: number;
  count: number;
  /** Which time they are emitted, from 1. */
  attempt: number;
  quantities: Quantity[];
}

/** How long delivered quantities are kept, so that a late acknowledgement of one finds it. */
const keepMs = 30 * 86_400_000;
/** Rows deleted in one transaction. */
const atOnce = 500;

/** Quantities on their way from windows to billing, kept and acknowledged as events are: those of one subscription in their
 *  order, a bounded number of open messages, sent again when nobody answers, dead letters with their reason. */
export class Outbox {
  readonly #key: ConsumerKey;
  readonly #options: OutboxOptions;
  readonly #feed: string;
  readonly #setBack = new SetBack();
  readonly #unanswered = new Unanswered();

  constructor(key: ConsumerKey, options: OutboxOptions) {
    this.#key = key;
    this.#options = options;
    this.#feed = key.consumer;
  }

  /** Keeps a quantity until it is acknowledged; in the transaction that notes its window as billed, so that it is billed once. */
  async put(tx: Tx, quantity: Quantity, now: number): Promise<void> {
    const { installation } = this.#key;
    const at = { feed: this.#feed, eventId: quantity.recordId };
    const body = JSON.stringify(quantity);
    await keepEvent(tx, installation, { ...at, state: 0, body, hash: '', fetchedAt: now });
    const standing = { status: 'ready' as const, waitsFor: null, outcome: null, now };
    await addDelivery(tx, { ...this.#key, ...at }, { ...standing, entityKey: foldId(quantity.wapSubscriptionId) });
  }

  /** Frees what was open before a restart, so that it goes out again. */
  release(tx: Tx, now: number): Promise<void> {
    return releaseAll(tx, this.#key, now);
  }

  /** The next quantities that are due; null when there are none, or as many messages are open as may be. */
  async take(store: Store, now: number): Promise<OutboxBatch | null> {
    const { taken, overdue } = await this.#setBack.during(now, wentBack =>
      store.transaction(async tx => {
        if (wentBack) await bringForward(tx, this.#key, now, this.#options.redeliveryMs);
        const released = await releaseOverdue(tx, this.#key, now);
        return { taken: await this.#takeDue(tx, now), overdue: released };
      }),
    );
    this.#unanswered.note(overdue);
    return taken;
  }

  /** Puts what is due into one batch; null as `take`. */
  async #takeDue(tx: Tx, now: number): Promise<OutboxBatch | null> {
    const { batchSize, maxOpenBatches, redeliveryMs } = this.#options;
    if ((await openBatches(tx, this.#key)) >= maxOpenBatches) return null;
    const rows = await dueDeliveries(tx, this.#key, { now, horizon: Number.MAX_SAFE_INTEGER, limit: batchSize });
    const [first, last] = [rows[0], rows.at(-1)];
    if (!first || !last) return null;
    const token = randomUUID();
    const attempt = rows.reduce((most, row) => Math.max(most, row.attempts), 0) + 1;
    await addBatch(tx, this.#key, { token, attempt, now, expiresAt: now + redeliveryMs });
    const quantities: Quantity[] = [];
    for (const { eventId } of rows) {
      await sendDelivery(tx, { ...this.#key, feed: this.#feed, eventId }, token);
      const kept: Quantity = JSON.parse(await bodyOf(tx, this.#key.installation, this.#feed, eventId));
      quantities.push({ ...kept, token, recordQuantities: 1 });
    }
    return {
      token,
      feed: this.#feed,
      firstId: first.eventId,
      lastId: last.eventId,
      count: rows.length,
      attempt,
      quantities,
    };
  }

  /** Messages that nobody acknowledged in time, since the last call. */
  alarms(): Alarm[] {
    return this.#unanswered.take();
  }

  /** When the next quantity is due, ms UTC; null: none waits. */
  nextDueAt(tx: Tx): Promise<number | null> {
    return nextDueAt(tx, this.#key);
  }

  /** Quantities that wait, that are open (sent and not acknowledged), and that are dead letters. */
  async counts(tx: Tx): Promise<{ waiting: number; open: number; dead: number }> {
    const counted = await openCounts(tx, this.#key);
    const total = (status: 'ready' | 'sent') => counted.get(status)?.total ?? 0;
    return { waiting: total('ready'), open: total('sent'), dead: await deadCount(tx, this.#key) };
  }

  /** Forgets what was delivered long ago; dead letters stay. */
  async prune(tx: Tx, now: number): Promise<void> {
    const of = { feed: this.#feed, upTo: Number.MAX_SAFE_INTEGER, limit: atOnce };
    for (const { eventId, settledAt } of await selectSettled(tx, this.#key, of, 'not dead')) {
      if (settledAt >= now - keepMs) continue;
      await dropDelivery(tx, { ...this.#key, feed: this.#feed, eventId });
      await dropEvent(tx, this.#key.installation, this.#feed, eventId);
    }
    await pruneBatches(tx, this.#key, now - keepMs);
    await pruneParts(tx, now - keepMs);
  }
}
