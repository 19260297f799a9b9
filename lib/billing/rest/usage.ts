import { AdapterError, shapeOf } from '../../errors';
import { foldId } from '../../ids';
import { wordsOf } from '../peer-says';
import type { BillingCall } from '../port';
import { isRefusal, type SendOutcome, type UsageItem, type UsageLimits, type UsageSink } from '../usage-port';
import type { RestCalls } from './calls';
import type { UsageOperation } from './compile-usage';
import type { LookOperation, RequestData } from './operation';
import { shownWord, unreadable } from './read-answer';
import { lookedFor } from './steps';

/** Meters that are remembered; each is asked for once. */
const mostMeters = 10_000;

/** Usage intake of any JSON API, as the template `usage` describes it. */
export class RestUsage implements UsageSink {
  readonly limits: UsageLimits;
  readonly #calls: RestCalls;
  readonly #operation: UsageOperation;
  #knownMeters = new Set<string>();

  constructor(calls: RestCalls, operation: UsageOperation) {
    this.limits = operation.limits;
    this.#calls = calls;
    this.#operation = operation;
  }

  /** The HTTP client repeats a call, because each item has its own key. What it still cannot reach is thrown, and every
   *  item is then to be sent again. When billing refuses a whole call (4xx), the caller finds the items at fault by halves;
   *  an item that is refused alone comes back with billing's words. */
  async send(items: UsageItem[], call: BillingCall = {}): Promise<SendOutcome[]> {
    const unknown = await this.#unknownMeters(items, call);
    if (unknown.size === 0) return this.#send(items, call);
    const known = items.filter(({ meter }) => !unknown.has(meter));
    const sent = known.length > 0 ? await this.#send(known, call) : [];
    const outcomes = new Map(known.map((item, index) => [item, sent[index]]));
    return items.map(item => outcomes.get(item) ?? { outcome: 'retry', afterMs: null, reason: withoutMeter(item) });
  }

  /** Billing would take their usage and never bill it. */
  async #unknownMeters(items: UsageItem[], { signal }: BillingCall): Promise<Set<string>> {
    const look: LookOperation | null = this.#operation.meter;
    const unknown = new Set<string>();
    if (!look) return unknown;
    const asked = new Map(items.map(({ meter, unit }) => [meter, { meter, unit }]));
    for (const [meter, data] of asked) {
      if (this.#knownMeters.has(meter)) continue;
      const found = await lookedFor(this.#calls, look, data, { subject: `meter ${meter}`, signal });
      if (found === null) unknown.add(meter);
      else this.#remember(meter);
    }
    return unknown;
  }

  #remember(meter: string): void {
    if (this.#knownMeters.size >= mostMeters) this.#knownMeters = new Set();
    this.#knownMeters.add(meter);
  }

  async #send(items: UsageItem[], { signal }: BillingCall): Promise<SendOutcome[]> {
    const operation = this.#operation;
    const data: RequestData = { items, item: items[0], target: this.#calls.target };
    try {
      const answer = await this.#calls.send(operation, data, {
        subject: items.length === 1 ? `usage ${items[0]?.key}` : `${items.length} usage items`,
        repeatable: true,
        headers: this.#calls.once('usage', items.map(({ key }) => key).join('\n')),
        accept: status => operation.judged.has(status),
        ...(items.length === 1 ? { test: operation.known } : {}),
        unread: operation.judge === null,
        signal,
      });
      if (answer.holds) return items.map(() => ({ outcome: 'duplicate' }));
      if (!operation.judge) return items.map(() => ({ outcome: 'delivered' }));
      const given = await operation.judge(answer.body, {
        status: answer.status,
        headers: answer.headers,
        request: data,
      });
      return outcomesOf(given, items, operation, answer.body);
    } catch (error) {
      if (items.length > 1 || !(error instanceof AdapterError)) throw error;
      if (isRefusal(error)) return [{ outcome: 'rejected', reason: error.message }];
      // One subscription that billing does not know must not stop the others; it may still be created there.
      if (error.code === 'BILLING_NOT_FOUND') return [{ outcome: 'retry', afterMs: null, reason: error.message }];
      throw error;
    }
  }
}

const withoutMeter = ({ meter }: UsageItem): string =>
  `Billing has no meter ${meter}, so its usage would never be billed. Make the meter there, or with billing-plan-create.`;

type Judgement = Record<string, unknown>;

/** One outcome per item: by `id` (the item's key) where the answer gives one, else by the place in the list. */
function outcomesOf(given: unknown, items: UsageItem[], operation: UsageOperation, body: unknown): SendOutcome[] {
  const field = `${operation.field}.answer`;
  const list = Array.isArray(given) ? given : given === undefined || given === null ? [] : [given];
  const judgements = list.map((one: unknown): Judgement => {
    if (typeof one === 'string') return { outcome: one };
    if (typeof one === 'object' && one !== null) return { ...one };
    throw unreadable(field, `gave ${shapeOf(one)}, not an outcome`, wordsOf(body));
  });
  const byKey = new Map(
    judgements.flatMap(one => (typeof one.id === 'string' ? [[foldId(one.id), one] as const] : [])),
  );
  if (byKey.size > 0) return items.map(({ key }) => outcomeOf(byKey.get(foldId(key)), operation, body));
  if (judgements.length !== items.length)
    throw unreadable(field, `gave ${judgements.length} outcomes for ${items.length} items`, wordsOf(body));
  return judgements.map(one => outcomeOf(one, operation, body));
}

function outcomeOf(judgement: Judgement | undefined, { words, field }: UsageOperation, body: unknown): SendOutcome {
  // Billing said nothing about it and may have it or not: sending the same key again does no harm.
  if (!judgement) return { outcome: 'retry', afterMs: null, reason: 'The answer does not name it.' };
  const { outcome, reason, retryAfterS } = judgement;
  const word = typeof outcome === 'string' || typeof outcome === 'boolean' ? words.get(String(outcome)) : undefined;
  const said = typeof reason === 'string' && reason !== '' ? reason.slice(0, 500) : 'Billing gave no reason.';
  switch (word) {
    case 'delivered':
    case 'duplicate':
      return { outcome: word };
    case 'rejected':
      return { outcome: word, reason: said };
    case 'retry':
      return { outcome: word, reason: said, afterMs: typeof retryAfterS === 'number' ? retryAfterS * 1000 : null };
    case undefined:
      throw unreadable(
        `${field}.answer`,
        `gave ${shownWord(outcome)} as outcome, which templates.usage.outcomes does not list`,
        wordsOf(body),
      );
  }
}

/** Stands in where the templates describe no intake. @throws INPUT_CONFIG for every call */
export const noUsage: UsageSink = {
  limits: { batch: 1, callsPerSecond: null, maxAgeMs: null, dedupeWindowMs: null, maxKeyLength: null },
  send: async () => {
    throw AdapterError.advising(
      'INPUT_CONFIG',
      'The billing connection has no template for usage. Add templates.usage, if that billing system can take it.',
      { subject: 'templates.usage' },
    );
  },
};
