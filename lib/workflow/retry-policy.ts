import { waitAfter } from '../async/back-off';
import { AdapterError, type ErrorCode } from '../errors';

/** How often, and how far apart, a step is tried while its failure may pass by itself. */
export interface RetryPolicy {
  attempts: number;
  firstDelayMs: number;
  maxDelayMs: number;
  /** For failures of certain codes instead; the first that fits counts. */
  rules: readonly RetryRule[];
}

/** A failure with this code is tried again even where a repeat alone would not help: somebody may mend its cause. */
export interface RetryRule {
  /** A code, or its beginning and a star: `BILLING_*`. */
  code: ErrorCode | `${string}*`;
  everyMs: number;
  /** How many further attempts are made at most. */
  most: number;
}

/** How long to wait (ms) before a step is tried again that failed in this attempt, counted from 1; null: no more. */
export function nextTry(error: unknown, attempt: number, policy: RetryPolicy): number | null {
  if (!(error instanceof AdapterError)) return null;
  const { retryable, retryAfterMs: asked } = error.cause;
  const rule = policy.rules.find(({ code }) => fits(code, error.code));
  if (rule) return attempt > rule.most ? null : Math.max(rule.everyMs, asked ?? 0);
  if (!retryable || attempt >= policy.attempts) return null;
  // The server's `Retry-After` goes first; without one the delay doubles.
  return asked ?? waitAfter(attempt, { firstMs: policy.firstDelayMs, longestMs: policy.maxDelayMs });
}

/** A code of the rule, or one that begins like it. */
const fits = (wanted: RetryRule['code'], code: ErrorCode): boolean =>
  wanted.endsWith('*') ? code.startsWith(wanted.slice(0, -1)) : wanted === code;
