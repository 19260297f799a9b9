import assert from 'node:assert/strict';
import fc from 'fast-check';
import { notPlain, plainTemplate } from '../../../../lib/billing/rest/plain-template';
import { defaultTemplates } from '../../../../lib/billing/rest/templates';
import { holds } from '../../../harness/property';
import { compile } from '../jsonata-compile';

const names = ['a', 'b', 'items'];
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
/** Records and lists of them, and now and then what no plain template can be about. */
const dataOf = (depth: number): fc.Arbitrary<Record<string, unknown>> => {
  const inner = depth === 0 ? scalar : fc.oneof(scalar, dataOf(depth - 1));
  return fc.dictionary(fc.constantFrom(...names), fc.oneof(inner, fc.array(inner, { maxLength: 3 })));
};
const templateOf = (depth: number): fc.Arbitrary<string> => {
  const steps = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }).map(path => path.join('.'));
  if (depth === 0) return fc.oneof(steps, fc.constantFrom('"text"', '""'));
  const object = fc
    .dictionary(fc.constantFrom('x', 'y z', 'b'), templateOf(depth - 1), { minKeys: 1 })
    .map(members => Object.entries(members).map(([name, value]) => `"${name}": ${value}`))
    .map(members => `{ ${members.join(', ')} }`);
  const each = fc.tuple(steps, object).map(parts => parts.join('.'));
  return fc.oneof(
    steps,
    object,
    each,
    fc.oneof(steps, object, each).map(member => `[ ${member} ]`),
  );
};
/** JSONata marks its lists. */
const asJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

describe('plain templates', () => {
  it('give what JSONata gives, or leave it to JSONata', async function () {
    this.timeout(60_000);
    let told = 0;
    let tried = 0;
    await holds(
      'plain templates: give what JSONata gives, or leave it to JSONata',
      fc.asyncProperty(templateOf(3), dataOf(2), async (text, given) => {
        tried += 1;
        const plain = plainTemplate(text);
        assert.ok(plain, text);
        const found = plain(given);
        if (found === notPlain) return;
        told += 1;
        assert.deepEqual(asJson(found), asJson(await compile(text)(given)), text);
      }),
      // Some two of five are plain; of a few hundred it may be fewer than a third by chance.
      { numRuns: 8000 },
    );
    assert.ok(told > tried / 3, `${told} of ${tried} were plain`);
  });

  it('are the bodies and answers that ship', () => {
    const { create, usage, subscriptionCreate, subscriptionAnswer, answer } = defaultTemplates;
    for (const text of [create.body, usage?.body, usage?.answer, subscriptionCreate?.body, subscriptionAnswer, answer])
      assert.ok(plainTemplate(text ?? ''), text);
  });

  for (const text of [
    ...['a + 1', '$sum(a)', 'a[0]', 'a[b = 1]', '{ "a": $now() }', '{}', '[]', '[a, b]', '[[a]]', '[items.{"a": a}].a'],
    ...[
      'true',
      'a.null',
      '{ "a": a, "a": b }',
      '{ a: b }',
      '"a\\n"',
      "'a'",
      'a /* b */',
      'a.constructor',
      '{ "toString": a }',
    ],
    ...[
      '',
      '{ "a": a',
      'a.',
      '.a',
      'a b',
      '`a`',
      '{ "a": 1 }',
      '*',
      '**.a',
      'a.%.b',
      'a@$x',
      'a^(b)',
      '(a)',
      'a ? b : a',
    ],
  ])
    it(`leave ${JSON.stringify(text)} to JSONata`, () => {
      assert.equal(plainTemplate(text), null);
    });

  it('leave data of another shape to JSONata', () => {
    const lists = plainTemplate('[items.{ "id": a }]');
    for (const given of [undefined, null, 'text', [], [{ items: [] }], { items: ['a'] }, { items: [[{ a: 1 }]] }])
      assert.equal(lists?.(given), notPlain, JSON.stringify(given));
    assert.equal(plainTemplate('a')?.({ a: [1] }), notPlain);
  });
});
