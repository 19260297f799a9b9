import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shortKey } from '../../../../lib/usage/send/short-key';
import { holds } from '../../../harness/property';

describe('a key that is shortened', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 200 });

  it('is never too long, another one for every other key, and the key itself when that is short', () =>
    holds(
      'a key that is shortened: is never too long, another one for every other key, and the key itself when that is short',
      fc.property(text, text, fc.integer({ min: 32, max: 128 }), (one, other, most) => {
        const [a, b] = [shortKey(one, most), shortKey(other, most)];
        assert.ok(a.length <= most && b.length <= most);
        assert.equal(a === b, one === other);
        if (one.length <= most) assert.equal(a, one);
      }),
      { examples: [['a'.repeat(150), `${'a'.repeat(149)}b`, 100]] },
    ));

  it('stays what it is, because billing knows it by that', () =>
    assert.equal(shortKey('k'.repeat(120), 100), `${'k'.repeat(67)}~64fa0bb88d882a997cac9b2506f0ed5a`));
});
