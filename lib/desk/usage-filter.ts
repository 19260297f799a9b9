import { AdapterError, invalid } from '../errors';
import { wordOf } from '../words';
import type { UsageFilter, UsageStep } from './usage';

const steps: readonly UsageStep[] = ['day', 'month', 'all'];

/** @throws INPUT_INVALID naming the field */
export function readStep(value: unknown, field = 'by'): UsageStep {
  if (isNothing(value)) return 'day';
  const step = wordOf(steps, value);
  if (step) return step;
  throw invalid(field, `one of ${steps.join(', ')}`, value);
}

/** Texts that are given; nothing is left out. `from` and `to` are days, both included, and may be left out.
 *  @throws INPUT_MISSING, INPUT_INVALID naming the field */
export function readUsageFilter(given: Record<keyof UsageFilter, unknown>): UsageFilter {
  const text = (field: keyof UsageFilter): string | undefined => {
    const value = given[field];
    if (isNothing(value)) return undefined;
    if (typeof value === 'string') return value;
    throw invalid(field, 'a text', value);
  };
  const needed = (field: keyof UsageFilter): string => {
    const value = text(field);
    if (value !== undefined) return value;
    throw new AdapterError('INPUT_MISSING', `${field}: say whose usage.`, { subject: field });
  };
  return {
    installation: needed('installation'),
    target: needed('target'),
    from: readDay(given.from, 'from') ?? '0000-01-01',
    to: readDay(given.to, 'to') ?? '9999-12-31',
    subscription: text('subscription'),
    meter: text('meter'),
  };
}

/** A day such as 2026-01-31; null for nothing. @throws INPUT_INVALID naming the field */
export function readDay(value: unknown, field: string): string | null {
  if (isNothing(value)) return null;
  const isDay = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && isReal(value);
  if (isDay) return value;
  throw invalid(field, 'a day such as 2026-01-31', value);
}

/** Not 30 February. */
function isReal(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}

/** What a form leaves empty is not given. */
const isNothing = (value: unknown): value is undefined | null | '' =>
  value === undefined || value === null || value === '';
