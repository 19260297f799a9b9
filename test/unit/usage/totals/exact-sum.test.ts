import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Decimal, toText } from '../../../../lib/usage/decimal';
import { Days } from '../../../../lib/usage/totals/days';
import { ExactSum } from '../../../../lib/usage/totals/exact-sum';
import { holds } from '../../../harness/property';

describe('an exact sum', () => {
  it('is what decimals add up to, long and short ones', () => {
    const digits = (most: number) => fc.stringMatching(new RegExp(`^[1-9][0-9]{0,${most}}$`));
    const decimal = fc
      .tuple(fc.constantFrom('', '-'), digits(15), fc.option(digits(14)))
      .map(([sign, whole, places]) => `${sign}${whole}${places === null ? '' : `.${places}`}`);
    holds(
      'an exact sum: is what decimals add up to, long and short ones',
      fc.property(fc.array(decimal), texts => {
        const sum = new ExactSum();
        for (const text of texts) sum.add(text);
        const all = texts.reduce((before, text) => before.plus(text), new Decimal(0));
        assert.equal(sum.toString(), toText(all));
      }),
    );
  });
});

describe('days of a time zone', () => {
  for (const [zone, time, day] of [
    ['UTC', '2026-01-31T23:59:59.999Z', '2026-01-31'],
    ['Europe/Madrid', '2026-01-31T23:00:00.000Z', '2026-02-01'],
    ['Europe/Madrid', '2026-07-31T21:59:00Z', '2026-07-31'],
    ['America/Los_Angeles', '2026-01-01T07:59:00Z', '2025-12-31'],
    ['Asia/Kolkata', '2026-01-01T18:30:00Z', '2026-01-02'],
    ['UTC', 'no time', '1970-01-01'],
  ] as const)
    it(`${time} is in ${day} of ${zone}`, () => assert.equal(new Days(zone).of(time), day));
});
