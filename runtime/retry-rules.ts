import { AdapterError, errorCodes } from '../lib/errors';
import type { RetryRule } from '../lib/workflow/retry-policy';
import { asObject, asText, number } from './inputs';

/** A week is long enough for somebody to see to it. */
const every = number({ min: 0.01, max: 10_080, whole: false });
const most = number({ min: 0, max: 10_000 });

/** A row of the table as the dialog saves it: `code`, `everyMinutes`, `most`. @throws INPUT_INVALID naming what is wrong */
export function readRetryRule(row: unknown, field: string): RetryRule {
  const given = asObject(row, field);
  return {
    code: readCode(asText(given.code, `${field}.code`).trim().toUpperCase(), `${field}.code`),
    everyMs: every.parse(given.everyMinutes, `${field}.everyMinutes`) * 60_000,
    most: most.parse(given.most, `${field}.most`),
  };
}

function readCode(code: string, field: string): RetryRule['code'] {
  const known = Object.keys(errorCodes);
  const isKnown = code.endsWith('*') ? known.some(each => each.startsWith(code.slice(0, -1))) : known.includes(code);
  if (isKnown) return code as RetryRule['code'];
  throw AdapterError.advising(
    'INPUT_INVALID',
    `${field}: "${code}" is no code that an error can have. Take one such as BILLING_INPUT, or the beginning of some, such as BILLING_*.`,
    { subject: field },
  );
}
