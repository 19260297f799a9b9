import assert from 'node:assert/strict';
import fc from 'fast-check';
import { overlaps, pattern } from '../../../../lib/usage/meter/pattern';
import { readRules } from '../../../../lib/usage/meter/read-rules';
import { holds } from '../../../harness/property';

const letters = fc.string({ unit: fc.constantFrom('a', 'B', '.', '*'), maxLength: 8 });
const asRegExp = (text: string) => new RegExp(`^${text.replace(/[.]/g, '\\$&').replaceAll('*', '[^]*')}$`, 'i');

describe('a pattern of a metering rule', () => {
  it('fits what its stars may stand for', () => {
    holds(
      'a pattern of a metering rule: fits what its stars may stand for',
      fc.property(letters, letters, (one, text) => assert.equal(pattern(one).test(text), asRegExp(one).test(text))),
    );
  });

  it('ends with many stars on a long text, where a regular expression would not', () => {
    const many = `${'*a'.repeat(40)}*b`;
    assert.equal(pattern(many).test('a'.repeat(5_000)), false);
    assert.equal(pattern(many).test(`${'a'.repeat(5_000)}b`), true);
    assert.equal(overlaps(many, `${'a*'.repeat(100)}c`), false);
  });

  it('overlaps another when some text fits both', () => {
    holds(
      'a pattern of a metering rule: overlaps another when some text fits both',
      fc.property(letters, letters, letters, (one, other, text) => {
        const plain = text.replaceAll('*', '');
        if (pattern(one).test(plain) && pattern(other).test(plain)) assert.ok(overlaps(one, other));
        assert.equal(overlaps(one, plain), pattern(one).test(plain));
        assert.equal(overlaps(one, other), overlaps(other, one));
      }),
    );
  });

  it('has up to 400 letters', () => {
    const rules = (metric: string) =>
      readRules([{ provider: '*', serviceType: '*', resource: '*', metric, meter: 'm' }]);
    assert.equal(rules('a'.repeat(400)).length, 1);
    assert.throws(() => rules('a'.repeat(401)), {
      code: 'INPUT_INVALID',
      message: /rules\[0\]\.metric.*up to 400 letters/,
    });
  });
});
