import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Decimal, divided, readDecimal, toText } from '../../../lib/usage/decimal';
import { holds } from '../../harness/property';

const decimals = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: -30, max: 12 }))
  .map(([isNegative, digits, exponent]) => new Decimal(`${isNegative ? '-' : ''}${digits}e${exponent}`));

describe('decimals', () => {
  it('divide as big.js does, to twelve places, half up', () => {
    holds(
      'decimals: divide as big.js does, to twelve places, half up',
      fc.property(decimals, fc.oneof(fc.constant(3_600_000), fc.integer({ min: 1, max: 100_000 })), (value, by) => {
        assert.equal(toText(divided(value, by)), toText(new Decimal(value).div(by)));
      }),
      {
        numRuns: 2000,
        examples: [
          [new Decimal('0'), 7],
          [new Decimal('0.0000000000005'), 1],
          [new Decimal('-0.0000000000005'), 1],
          [new Decimal('1'), 3],
        ],
      },
    );
  });

  it('come back from their text', () => {
    holds(
      'decimals: come back from their text',
      fc.property(decimals, value => {
        const text = toText(value);
        if (text.length > 60) return;
        const read = readDecimal(text);
        assert.ok(!('reason' in read) && read.eq(value), text);
      }),
    );
  });
});
