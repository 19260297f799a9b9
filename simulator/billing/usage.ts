import { isDeepStrictEqual } from 'node:util';
import type { Router } from 'express';
import { isObject, jsonObject } from '../json-body';
import { route } from '../routes';
import type { Catalogue } from './catalogue';
import { invalid } from './errors';
import type { LedgerRecord } from './options';

const mostRecords = 1000;

/** One outcome a record, in the order sent. */
export interface UsageOutcome {
  id: string | null;
  outcome: 'delivered' | 'duplicate' | 'rejected';
  reason: string | null;
}

/** Takes usage records; each is judged on its own. `{ records: [{ id, … }] }` → `{ results: [UsageOutcome] }`. */
export function usageRoutes(billing: Router, catalogue: Catalogue): void {
  route(billing, '/usage', {
    POST: (req, res) => {
      const { records } = jsonObject(req);
      if (!Array.isArray(records)) throw invalid('records must be a list.');
      if (records.length > mostRecords) throw invalid(`At most ${mostRecords} records a call.`);
      res.json({ results: records.map((record: unknown) => take(catalogue, record)) });
    },
  });
}

function take(catalogue: Catalogue, record: unknown): UsageOutcome {
  const id = isObject(record) && typeof record.id === 'string' && record.id !== '' ? record.id : null;
  if (!isObject(record) || id === null) return { id, outcome: 'rejected', reason: 'The record has no id.' };
  const { quantity } = record;
  if (quantity !== undefined && !isQuantity(quantity)) {
    return { id, outcome: 'rejected', reason: 'quantity must be a decimal number, not negative.' };
  }
  const entry: LedgerRecord = { ...record, id };
  const before = catalogue.data.ledger.find(known => known.id === id);
  if (before && !isDeepStrictEqual(before, entry)) {
    return { id, outcome: 'rejected', reason: 'Another record has this id.' };
  }
  if (before) return { id, outcome: 'duplicate', reason: null };
  catalogue.data.ledger.push(entry);
  catalogue.touch();
  return { id, outcome: 'delivered', reason: null };
}

function isQuantity(value: unknown): boolean {
  return typeof value === 'number' ? value >= 0 : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value);
}
