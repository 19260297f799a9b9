import assert from 'node:assert/strict';
import { AdapterError, type ErrorCode } from '../../../lib/errors';
import { nextTry, type RetryPolicy, type RetryRule } from '../../../lib/workflow/retry-policy';
import { readRetryRule } from '../../../runtime/retry-rules';

const policy = (...rules: RetryRule[]): RetryPolicy => ({ attempts: 3, firstDelayMs: 100, maxDelayMs: 1000, rules });
const error = (code: ErrorCode, cause = {}) => new AdapterError(code, 'no', cause);
const hourly: RetryRule = { code: 'BILLING_INPUT', everyMs: 3_600_000, most: 2 };

describe('the next try of a step', () => {
  it('comes for what may pass, each time after twice the wait', () => {
    const waits = [1, 2, 3].map(attempt => nextTry(error('WAP_SERVER', { retryable: true }), attempt, policy()));
    assert.deepEqual(waits, [100, 200, null]);
    assert.equal(nextTry(error('WAP_INPUT'), 1, policy()), null);
    assert.equal(nextTry(new Error('a defect'), 1, policy({ code: 'INTERNAL*', everyMs: 1, most: 9 })), null);
  });

  it('comes as a rule for the code says, also where a repeat would not help by itself', () => {
    const waits = [1, 2, 3].map(attempt => nextTry(error('BILLING_INPUT'), attempt, policy(hourly)));
    assert.deepEqual(waits, [3_600_000, 3_600_000, null]);
    assert.equal(nextTry(error('BILLING_CONFLICT'), 1, policy(hourly)), null);
    const asked = error('BILLING_INPUT', { retryAfterMs: 7_200_000 });
    assert.equal(nextTry(asked, 1, policy(hourly)), 7_200_000);
  });

  it('comes by the first rule that fits, and never where a rule says so', () => {
    const rules: RetryRule[] = [
      { code: 'BILLING_SERVER', everyMs: 1, most: 0 },
      { code: 'BILLING_*', everyMs: 50, most: 1 },
    ];
    const first = (code: ErrorCode) => nextTry(error(code, { retryable: true }), 1, policy(...rules));
    assert.deepEqual([first('BILLING_SERVER'), first('BILLING_NETWORK'), first('WAP_NETWORK')], [null, 50, 100]);
  });
});

describe('a row of the table of retries', () => {
  it('has a code or its beginning, minutes and a number', () => {
    assert.deepEqual(readRetryRule({ code: ' billing_* ', everyMinutes: '0.5', most: '96' }, 'retryRules[0]'), {
      ...{ code: 'BILLING_*', everyMs: 30_000, most: 96 },
    });
  });
  for (const [title, row, message] of [
    [
      'an unknown code',
      { code: 'BILLING', everyMinutes: '1', most: '1' },
      /retryRules\[0\].code: "BILLING" is no code/,
    ],
    ['an unknown beginning', { code: 'BANK_*', everyMinutes: '1', most: '1' }, /"BANK_\*" is no code/],
    ['no time', { code: 'WAP_*', everyMinutes: '', most: '1' }, /everyMinutes: expected a number from 0.01 to 10080/],
    ['no number', { code: 'WAP_*', everyMinutes: '1', most: 'x' }, /most: expected a whole number/],
  ] as const) {
    it(`is refused with ${title}`, () => assert.throws(() => readRetryRule(row, 'retryRules[0]'), message));
  }
});
