import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseExact } from '../../lib/json';
import { holds } from '../harness/property';

/** JSON.parse of numbers that JavaScript itself wrote: their texts are what they are. */
const asWritten = (_name: string, value: unknown): unknown =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(String(value)) ? String(value) : value;

describe('JSON as it was written', () => {
  for (const [json, value] of [
    ['{"id":9007199254740993}', { id: '9007199254740993' }],
    ['[-9007199254740993,9007199254740991]', ['-9007199254740993', 9007199254740991]],
    ['{"id":123456789012345678901234567890}', { id: '123456789012345678901234567890' }],
    ['98765432109876543210', '98765432109876543210'],
    ['{"a":"x 9007199254740993 \\" 9007199254740993"}', { a: 'x 9007199254740993 " 9007199254740993' }],
    ['{"a\\\\":9007199254740993}', { 'a\\': '9007199254740993' }],
    ['[0.1234567890123456789,1234567890123456.5,5e20]', [0.12345678901234568, 1234567890123456.5, 5e20]],
  ] as const)
    it(`reads ${json}`, () => assert.deepEqual(parseExact(json), value));

  for (const broken of ['{"a":09007199254740993}', '"9007199254740993', '9007199254740993-', '[90071992547409931'])
    it(`refuses ${broken}`, () => assert.throws(() => parseExact(broken), SyntaxError));

  it('reads everything else as JSON.parse does', () => {
    holds(
      'JSON as it was written: reads everything else as JSON.parse does',
      fc.property(fc.json(), fc.stringMatching(/^\d{16,20}$/), (json, digits) => {
        const both = `{"given":${json},"text":${JSON.stringify(`\\"${digits}`)}}`;
        assert.deepEqual(parseExact(both), JSON.parse(both, asWritten));
      }),
    );
  });

  it('takes no longer for texts that were made to take long', () => {
    const hostile = `9007199254740993${'"\\'.repeat(200_000)}`;
    assert.throws(() => parseExact(hostile), SyntaxError);
  });
});
