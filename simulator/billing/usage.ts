import type { Router } from 'express';
import { ApiError } from '../api-error';
import { isObject, jsonObject } from '../json-body';
import { query, route } from '../routes';
import type { Catalogue } from './catalogue';
import { invalid } from './errors';
import { isDecimal } from './exact-sum';
import type { LedgerRecord } from './options';
import type { UsageIntakeOptions } from './usage-options';

/** One outcome a record, in the order sent. */
export interface UsageOutcome {
  id: string | null;
  outcome: 'delivered' | 'duplicate' | 'rejected';
  reason: string | null;
}

/** Takes usage records; each is judged on its own. `{ records: [{ id, … }] }` → `{ results: [UsageOutcome] }`. */
export function usageRoutes(billing: Router, catalogue: Catalogue, options: UsageIntakeOptions): void {
  const limit = options.batch ?? 1000;
  const allow = rateLimit(options.rateLimit, () => catalogue.now());
  const meters = options.meters && new Set(options.meters);
  route(billing, '/usage', {
    POST: (req, res) => {
      const waitS = allow();
      if (waitS > 0) {
        res.setHeader('Retry-After', String(waitS));
        throw new ApiError(429, 'rate_limited', 'Too many calls.');
      }
      const { records } = jsonObject(req);
      if (!Array.isArray(records)) throw invalid('records must be a list.');
      if (records.length > limit) throw invalid(`At most ${limit} records a call.`);
      const judge = (record: unknown): UsageOutcome => {
        const refusal = isObject(record) ? unknownIn(record, catalogue, options, meters) : null;
        return refusal ?? take(catalogue, record);
      };
      res.json({ results: records.map(judge) });
    },
  });
  route(billing, '/usage/totals', {
    GET: (req, res) => {
      const given = (['from', 'to', 'subscription'] as const).flatMap(name => {
        const value = query(req, name);
        return value === undefined ? [] : [[name, value]];
      });
      res.json({ totals: catalogue.ledger.totals(Object.fromEntries(given)) });
    },
  });
}

function take(catalogue: Catalogue, record: unknown): UsageOutcome {
  const id = isObject(record) && typeof record.id === 'string' && record.id !== '' ? record.id : null;
  if (!isObject(record) || id === null) return { id, outcome: 'rejected', reason: 'The record has no id.' };
  const { quantity } = record;
  if (quantity !== undefined && !isQuantity(quantity, record.adjustment === true)) {
    return { id, outcome: 'rejected', reason: 'quantity must be a decimal number, not negative.' };
  }
  const entry: LedgerRecord = { ...record, id };
  const taken = catalogue.ledger.take(entry);
  if (taken === 'other') return { id, outcome: 'rejected', reason: 'Another record has this id.' };
  if (taken === 'duplicate') return { id, outcome: 'duplicate', reason: null };
  catalogue.touch();
  return { id, outcome: 'delivered', reason: null };
}

/** A record that is refused for what it names; null when that is known. */
function unknownIn(
  record: Record<string, unknown>,
  catalogue: Catalogue,
  { subscriptions = 'any' }: UsageIntakeOptions,
  meters: Set<string> | undefined,
): UsageOutcome | null {
  const id = typeof record.id === 'string' ? record.id : null;
  const { subscription, meter } = record;
  if (subscriptions === 'known' && !(typeof subscription === 'string' && catalogue.subscriptions.knows(subscription))) {
    return { id, outcome: 'rejected', reason: 'The subscription is not known.' };
  }
  if (meters && !(typeof meter === 'string' && meters.has(meter))) {
    return { id, outcome: 'rejected', reason: 'The meter is not known.' };
  }
  return null;
}

/** Only an adjustment may be negative. */
function isQuantity(value: unknown, adjustment: boolean): boolean {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && isDecimal(text) && (adjustment || !text.startsWith('-'));
}

/** Seconds to wait before the next call is taken; 0: it is taken. */
function rateLimit(limit: UsageIntakeOptions['rateLimit'], now: () => number): () => number {
  let [begun, calls] = [Number.NEGATIVE_INFINITY, 0];
  return () => {
    if (!limit) return 0;
    if (now() >= begun + limit.perMs) [begun, calls] = [now(), 0];
    calls += 1;
    return calls <= limit.calls ? 0 : Math.max(1, Math.ceil((begun + limit.perMs - now()) / 1000));
  };
}
