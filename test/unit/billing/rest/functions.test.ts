import assert from 'node:assert/strict';
import fc from 'fast-check';
import { minorUnits, shortKey, slug } from '../../../../lib/billing/rest/functions';
import { holds } from '../../../harness/property';

describe('what expressions of templates can call', () => {
  it('shortens a key only beyond its length, and always to the same', () => {
    assert.equal(shortKey('a'.repeat(20), 20), 'a'.repeat(20));
    assert.equal(shortKey('abc'.repeat(10), 20), shortKey('abc'.repeat(10), 20));
    assert.notEqual(shortKey('a'.repeat(21), 20), shortKey('a'.repeat(22), 20));
    // sha256 of 100 letters "a" in RFC 4648 base32, by Python's hashlib and base64.
    assert.equal(shortKey('a'.repeat(100), 52), 'falfs6ei4sqnhi3lqk4dgfvlgjua5ohqb6gnhoie22asi3jiliha');
    assert.throws(() => shortKey('a', 3), /from 16 on/);
  });

  it('leaves a slug alone, whatever its case', () => {
    assert.equal(slug('gold_plan2', 64), 'gold_plan2');
    assert.equal(slug('GoldPlan', 64), 'goldplan');
    assert.equal(slug(undefined, 64), undefined);
  });

  it('adds a digest where more than case is lost', () => {
    assert.match(slug('vm-cpu', 64) ?? '', /^vm_cpu_[a-z2-7]{12}$/);
    assert.notEqual(slug('vm-cpu', 64), slug('vm cpu', 64));
    assert.notEqual(slug('vm-cpu', 64), slug('vm_cpu', 64));
    assert.throws(() => slug('vm', 8), /from 16 on/);
  });

  it('makes a slug of any text', () =>
    holds(
      'a slug of any text',
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.integer({ min: 16, max: 64 }), (text, max) => {
        const made = slug(text, max) ?? '';
        assert.match(made, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
        assert.ok(made.length <= max, made);
        assert.equal(slug(text, max), made);
      }),
    ));

  it('counts in the smallest unit of a currency, exactly', () => {
    assert.equal(minorUnits('19.90', 'EUR'), '1990');
    assert.equal(minorUnits('0.07', 'EUR'), '7');
    assert.equal(minorUnits('0.0125', 'USD'), '1.25');
    assert.equal(minorUnits('1990', 'JPY'), '1990');
    assert.equal(minorUnits('1.5', 'KWD'), '1500');
    assert.equal(minorUnits('123456789012345.67', 'EUR'), '12345678901234567');
    assert.equal(minorUnits(undefined, 'EUR'), undefined);
    for (const wrong of ['1,5', '', 'EUR', null]) assert.throws(() => minorUnits(wrong, 'EUR'), /an amount like/);
    assert.throws(() => minorUnits('1', 'euro'), /a currency like/);
  });
});
