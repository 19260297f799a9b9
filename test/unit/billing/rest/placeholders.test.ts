import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileText } from '../../../../lib/billing/rest/expression';
import { encodePart, hasDotSegment, parseText } from '../../../../lib/billing/rest/placeholders';
import { holds } from '../../../harness/property';
import { compile } from '../jsonata-compile';

describe('placeholders', () => {
  for (const [text, parts] of [
    ['/offers', [{ literal: '/offers' }]],
    ['/offers/{key}', [{ literal: '/offers/' }, { expression: 'key' }]],
    ['{ a }{b}', [{ expression: 'a' }, { expression: 'b' }]],
    ['/{ {"x": {"y": 1}}.x.y }/z', [{ literal: '/' }, { expression: '{"x": {"y": 1}}.x.y' }, { literal: '/z' }]],
    ['{"}"}', [{ expression: '"}"' }]],
    ['{"\\"}"}', [{ expression: '"\\"}"' }]],
    ['', []],
  ] as const)
    it(`splits ${text || 'an empty text'}`, () => assert.deepEqual(parseText(text), parts));

  for (const [text, reason] of [
    ['/offers/{key', /never closed/],
    ['/offers/key}', /no "\{" before/],
    ['/offers/{}', /empty/],
    ['{"}', /never closed/],
  ] as const)
    it(`refuses ${text}`, () => assert.throws(() => parseText(text), reason));

  it('carries every key through an address unchanged', async () => {
    const render = compileText(compile, '/offers/{key}/publish', 'path', true);
    await holds(
      'placeholders: carries every key through an address unchanged',
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async key => {
        const path = await render({ key });
        fc.pre(!hasDotSegment(path));
        assert.equal(new URL(`http://billing.example${path}`).pathname, path);
        assert.equal(path.split('/').length, 4);
        assert.equal(decodeURIComponent(path.split('/')[2] ?? ''), key);
      }),
      { examples: [['a/b'], ['50 % & more?'], ['#'], ['é😀'], ['..;'], ['%2e%2e'], ['{key}']] },
    );
  });

  it('finds just the segments that an address would resolve away', () => {
    const segment = fc.constantFrom('offers', 'a.b', '...', '.', '..', '%2e', '%2E.', '.%2e', '%2e%2e', '%2e%2e%2e');
    holds(
      'placeholders: finds just the segments that an address would resolve away',
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), segments => {
        const path = `/${segments.join('/')}`;
        assert.equal(hasDotSegment(path), new URL(`http://billing.example${path}`).pathname !== path);
      }),
    );
  });

  it('leaves a key of dots and letters alone', () => assert.equal(hasDotSegment('/offers/v1..2/.x'), false));

  it('refuses half of a surrogate pair', () => assert.throws(() => encodePart('\ud800'), /not valid Unicode/));
});
