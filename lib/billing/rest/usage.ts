import { AdapterError, shapeOf } from '../../errors';
import { foldId } from '../../ids';
import { idempotencyKey } from '../idempotency';
import { wordsOf } from '../peer-says';
import type { BillingCall } from '../port';
import type { SendOutcome, UsageItem, UsageLimits, UsageSink } from '../usage-port';
import type { RequestData, RestCalls } from './calls';
import type { UsageOperation } from './compile-usage';
import { unreadable } from './read-offer';

/** Usage intake of any JSON API, as the template `usage` describes it. */
export class RestUsage implements UsageSink {
  constructor(
    private readonly calls: RestCalls,
    private readonly operation: UsageOperation,
    private readonly options: { target: string; idempotencyHeader: string | null },
  ) {}

  get limits(): UsageLimits {
    return this.operation.limits;
  }

  /** A call is repeated by the HTTP client: each item has its own key. What it still cannot reach is thrown, and every item
   *  is then to be sent again. Where billing refused a whole call (4xx), which items are at fault is for the caller to find
   *  out by halves; one item alone is refused with billing's words. */
  async send(items: UsageItem[], { signal }: BillingCall = {}): Promise<SendOutcome[]> {
    const { operation } = this;
    const data: RequestData = { items, item: items[0], target: this.options.target };
    try {
      const answer = await this.calls.send(operation, data, {
        subject: items.length === 1 ? `usage ${items[0]?.key}` : `${items.length} usage items`,
        repeatable: true,
        headers: this.headers(items),
        accept: status => operation.judged.has(status),
        ...(items.length === 1 ? { test: operation.known } : {}),
        unread: operation.judge === null,
        signal,
      });
      if (answer.holds) return items.map(() => ({ outcome: 'duplicate' }));
      if (!operation.judge) return items.map(() => ({ outcome: 'delivered' }));
      const given = await operation.judge(answer.body, { status: answer.status, request: data });
      return outcomesOf(given, items, operation, answer.body);
    } catch (error) {
      if (items.length > 1 || !(error instanceof AdapterError)) throw error;
      if (isRefusal(error)) return [{ outcome: 'rejected', reason: error.message }];
      // One subscription that billing does not know must not stop the others; nothing says that it never will.
      if (error.code === 'BILLING_NOT_FOUND') return [{ outcome: 'retry', afterMs: null, reason: error.message }];
      throw error;
    }
  }

  private headers(items: UsageItem[]): Record<string, string> {
    const header = this.options.idempotencyHeader;
    if (header === null) return {};
    return { [header]: idempotencyKey(this.options.target, 'usage', items.map(({ key }) => key).join('\n')) };
  }
}

/** Billing looked at the values and does not want them. */
export function isRefusal(error: AdapterError): boolean {
  return error.code === 'BILLING_INPUT' || error.code === 'BILLING_CONFLICT';
}

type Judgement = Record<string, unknown>;

/** One outcome per item: by `id` (the item's key) where the answer gives it, else by the place in the list. */
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
  // Billing said nothing about it, so it may have it or not: the same key again does no harm.
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
        `gave ${wordShown(outcome)} as outcome, which templates.usage.outcomes does not list`,
        wordsOf(body),
      );
  }
}

/** A short plain word is worth naming; anything else could be text of a customer. */
const wordShown = (word: unknown): string =>
  typeof word === 'string' && /^[\w-]{1,40}$/.test(word) ? `"${word}"` : shapeOf(word);

/** Stands in for an intake that the templates do not describe. */
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
