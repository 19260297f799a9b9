import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AdapterError } from '../../../lib/errors';
import { parseWapTime } from '../../../lib/wap/client/time';
import { holds } from '../../harness/property';

describe('parseWapTime', () => {
  for (const [text, ms] of [
    ['2013-08-21T20:38:21.143', 1377117501143], // no zone is UTC
    ['2013-09-25T00:37:41.8881111Z', 1380069461888], // 7 digits of fraction
    ['2015-03-01T09:06:44.94', 1425200804940],
    ['2015-03-01T09:06:44', 1425200804000],
    ['2015-03-01T10:06:44.5+01:00', 1425200804500],
    ['2015-03-01T03:36:44-05:30', 1425200804000],
    ['0001-01-01T00:00:00', -62135596800000], // what WAP writes for "none"
    ['2016-02-29T00:00:00Z', 1456704000000],
    ['/Date(1384389955000)/', 1384389955000], // as .NET wrote it in JSON
    ['/Date(1384389955000-0700)/', 1384389955000],
    ['\\/Date(-62135596800000)\\/', -62135596800000],
  ] as const)
    it(`reads ${text}`, () => assert.deepEqual(parseWapTime(text), { ms, text }));

  for (const text of [
    '',
    '2015-03-01',
    '2015-03-01 09:06:44',
    '2015-02-29T00:00:00',
    '2015-13-01T00:00:00',
    '2015-00-10T00:00:00',
    '2015-03-00T00:00:00',
    '2015-03-01T24:00:00',
    '2015-03-01T09:60:00',
    '2015-03-01T09:00:60',
    '2015-03-01T09:00:00.12345678',
    '2015-03-01T09:00:00.',
    '2015-03-01T09:00:00+15:00',
    '/Date(x)/',
    '/Date(1425200804000)',
    1425200804000,
    null,
    undefined,
  ])
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseWapTime(text),
        (error: unknown) => error instanceof AdapterError && error.code === 'WAP_BAD_RESPONSE',
      );
    });

  it('reads every moment that JavaScript writes, with and without its zone', () => {
    const range = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
    holds(
      'parseWapTime: reads every moment that JavaScript writes, with and without its zone',
      fc.property(fc.date({ ...range, noInvalidDate: true }), date => {
        const text = date.toISOString();
        assert.equal(parseWapTime(text).ms, date.getTime());
        assert.equal(parseWapTime(text.slice(0, -1)).ms, date.getTime());
      }),
    );
  });

  it('cuts further digits and never rounds up', () => {
    holds(
      'parseWapTime: cuts further digits and never rounds up',
      fc.property(fc.integer({ min: 0, max: 9_999_999 }), fc.integer({ min: 1, max: 7 }), (number, digits) => {
        const fraction = String(number).padStart(7, '0').slice(0, digits);
        const { ms, text } = parseWapTime(`2015-03-01T09:00:00.${fraction}`);
        assert.equal(ms, 1425200400000 + Math.floor(Number(`0.${fraction}`) * 1000 + 1e-9));
        assert.ok(text.endsWith(fraction));
      }),
    );
  });
});
