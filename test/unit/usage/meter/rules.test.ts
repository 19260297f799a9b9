import assert from 'node:assert/strict';
import fc from 'fast-check';
import { meterRecords } from '../../../../lib/usage/meter/meter';
import { overlaps, pattern } from '../../../../lib/usage/meter/pattern';
import { readRules } from '../../../../lib/usage/meter/read-rules';
import { readyRules } from '../../../../lib/usage/meter/ready-rules';
import { RuleBook } from '../../../../lib/usage/meter/rule';
import { holds } from '../../../harness/property';
import { fails } from '../../state/scratch';
import { aRecord } from './records';

const ready = new RuleBook(readRules(readyRules));
const origin = { installation: 'wap1', feed: 'usage' };
const metered = (record: Parameters<typeof aRecord>[0], book = ready) => meterRecords([aRecord(record)], book, origin);
const vm = (resource: string, value: string) => ({
  ...{ ProviderName: 'systemcenter', ServiceType: 'VirtualMachine', ResourceId: resource },
  Resources: { [resource.slice(0, resource.indexOf('-'))]: value },
});

describe('the ready rules', () => {
  for (const [title, record, meter, quantity, unit] of [
    ['databases by the hour', { Resources: { DatabaseCount: '2' } }, 'mysql-databases', '2', 'database-hours'],
    [
      'space of SQL',
      { ProviderName: 'sqlservers', Resources: { TotalAllottedSpace: '1024.5' } },
      'sql-space',
      '1024.5',
      'MB-hours',
    ],
    [
      'twenty minutes of space',
      { EndTime: '2026-03-01T10:20:00', Resources: { TotalAllottedSpace: '3' } },
      'mysql-space',
      '1',
      'MB-hours',
    ],
    [
      'web bytes, which are MB',
      { ProviderName: 'webspaces', Resources: { TotalIncomingRequestBytes: '0.1' } },
      'web-incoming',
      '0.1',
      'MB',
    ],
    [
      'outgoing web bytes',
      { ProviderName: 'WebSpaces', Resources: { TotalOutgoingRequestBytes: '7' } },
      'web-outgoing',
      '7',
      'MB',
    ],
    ['cores', vm('CPUAllocationCount-Max', '4'), 'vm-cpu', '4', 'core-hours'],
    ['3 GB of disk', vm('CrossDiskSizeAllocated-Average', '3221225472'), 'vm-storage', '3', 'GB-hours'],
    ['half a KB a second for an hour', vm('PerNICKBSentPerSecond-Average', '0.5'), 'vm-sent', '1800', 'KB'],
  ] as const) {
    it(`bill ${title}`, () => {
      const { quantities, unknown, odd } = metered(record);
      assert.deepEqual(
        quantities.map(each => [each.meter, each.quantity, each.unit]),
        [[meter, quantity, unit]],
      );
      assert.deepEqual([unknown, odd], [[], []]);
    });
  }

  for (const variant of ['Min', 'Median', 'Average'])
    it(`do not bill ${variant} of the cores beside Max`, () =>
      assert.deepEqual(metered(vm(`CPUAllocationCount-${variant}`, '4')), { quantities: [], unknown: [], odd: [] }));

  it('add up what fills one meter, exactly', () => {
    const Resources = { TotalOutgoingRequestBytes: '0.1', TotalOutgoingRequestResponseBytes: '0.2' };
    const [only, ...others] = metered({ ProviderName: 'webspaces', Resources }).quantities;
    assert.deepEqual([only?.quantity, others], ['0.3', []]);
  });

  it('make several quantities of one record, each with its stable key', () => {
    const { quantities } = metered({ EventId: 7, Resources: { TotalAllottedSpace: '10', DatabaseCount: '1' } });
    assert.deepEqual(
      quantities.map(each => each.key),
      ['wap1/usage/7/mysql-space', 'wap1/usage/7/mysql-databases'],
    );
    assert.deepEqual(
      [quantities[0]?.startTime, quantities[0]?.endTime],
      ['2026-03-01T10:00:00.000Z', '2026-03-01T11:00:00.000Z'],
    );
  });
});

describe('metering', () => {
  for (const [value, reason] of [
    ['NaN', 'NaN'],
    ['-1', 'negative'],
    ['', 'empty'],
    ['  ', 'empty'],
    ['1,5', 'not a number'],
    ['Infinity', 'not a number'],
    ['1e400', 'not a number'],
    ['12 MB', 'not a number'],
  ]) {
    it(`calls "${value}" odd: ${reason}, and bills the rest of the record`, () => {
      const record = aRecord({ Resources: { TotalAllottedSpace: value ?? '', DatabaseCount: '1' } });
      const { quantities, odd } = meterRecords([record], ready, origin);
      assert.deepEqual(odd, [{ EventId: 1, metric: 'TotalAllottedSpace', value, reason, record }]);
      assert.deepEqual(
        quantities.map(({ meter }) => meter),
        ['mysql-databases'],
      );
    });
  }

  for (const [title, record, reason] of [
    ['ends before it starts', { EndTime: '2026-03-01T09:59:59' }, 'ends before it starts'],
    ['has no start', { StartTime: '' }, 'StartTime is not a time'],
    ['ends on a day that does not exist', { EndTime: '2026-02-30T00:00:00' }, 'EndTime is not a time'],
    ['starts at the beginning of all time', { StartTime: '0001-01-01T00:00:00' }, 'StartTime is not a time'],
    ['has no subscription', { SubscriptionId: '' }, 'no SubscriptionId'],
  ] as const) {
    it(`calls a record odd that ${title}`, () => {
      const { quantities, odd } = metered(record);
      assert.deepEqual([quantities, odd.map(each => [each.metric, each.reason])], [[], [[null, reason]]]);
    });
  }

  it('passes records with unknown meters on untouched', () => {
    const record = aRecord({ Resources: { Widgets: '3', DatabaseCount: '1' } });
    const { quantities, unknown } = meterRecords([record], ready, origin);
    assert.equal(unknown[0], record);
    assert.equal(quantities.length, 1);
  });

  it('keeps every digit of long decimals', () => {
    const book = new RuleBook(readRules([{ metric: '*', meter: 'm', factor: '0.000001' }]));
    const { quantities } = metered({ Resources: { x: '123456789012345678901.123456' } }, book);
    assert.equal(quantities[0]?.quantity, '123456789012345.678901123456');
  });

  it('takes the first rule that fits', () => {
    const rows = [
      { provider: 'mysql*', metric: 'DatabaseCount', meter: 'first' },
      { provider: '*', metric: '*', meter: 'rest' },
    ];
    const { quantities } = metered({ Resources: { DatabaseCount: '1', Other: '2' } }, new RuleBook(readRules(rows)));
    assert.deepEqual(
      quantities.map(({ meter, quantity }) => [meter, quantity]),
      [
        ['first', '1'],
        ['rest', '2'],
      ],
    );
  });

  it('never lets a * gather Min and Max of one metric', () => {
    const book = new RuleBook(readRules([{ metric: '*', meter: 'all' }]));
    assert.equal(metered(vm('CPUAllocationCount-Max', '4'), book).unknown.length, 1);
    const named = new RuleBook(readRules([{ resource: '*-Max', metric: '*', meter: 'all' }]));
    assert.equal(metered(vm('CPUAllocationCount-Max', '4'), named).quantities.length, 1);
  });
});

describe('the table of rules', () => {
  const cpu = { provider: 'systemcenter', metric: 'CPUAllocationCount' };
  for (const [title, rows, text] of [
    [
      'bill Min and Max of one metric',
      [
        { ...cpu, resource: 'CPU*-Max', meter: 'a' },
        { ...cpu, resource: '*-Min', meter: 'b' },
      ],
      /rules\[1\]\.resource .* row 1/,
    ],
    [
      'fill one meter in two units',
      [
        { metric: 'a', meter: 'm', unit: 'MB' },
        { metric: 'b', meter: 'm', unit: 'GB' },
      ],
      /rules\[1\]\.unit/,
    ],
    [
      'fill one meter by two aggregates',
      [
        { metric: 'a', meter: 'm' },
        { metric: 'b', meter: 'm', aggregate: 'max' },
      ],
      /rules\[1\]\.aggregate/,
    ],
    [
      'fit the same',
      [
        { metric: 'a', meter: 'm' },
        { metric: 'A', meter: 'n' },
      ],
      /fits the same as row 1/,
    ],
    ['lack a meter', [{ metric: 'a' }], /rules\[0\]\.meter is empty/],
    ['have a factor of 0', [{ metric: 'a', meter: 'm', factor: '0' }], /rules\[0\]\.factor/],
    ['have a factor with a comma', [{ metric: 'a', meter: 'm', factor: '0,1' }], /rules\[0\]\.factor/],
    ['have an aggregate nobody knows', [{ metric: 'a', meter: 'm', aggregate: 'median' }], /rules\[0\]\.aggregate/],
    ['have a window nobody knows', [{ metric: 'a', meter: 'm', window: 'week' }], /rules\[0\]\.window/],
    ['are no list', 'x', /Give a list/],
  ] as const) {
    it(`is refused when rules ${title}`, () => assert.throws(() => readRules(rows), fails('INPUT_INVALID', text)));
  }

  it('may bill one variant and name the others as not billed', () =>
    assert.equal(
      readRules([
        { ...cpu, resource: '*-Max', meter: 'a' },
        { ...cpu, resource: '*-Min', meter: '-' },
      ]).length,
      2,
    ));

  it('is refused at the first row that would be refused together with one before it', () => {
    const part = (...texts: string[]) => fc.constantFrom(...texts);
    const row = fc.record({
      ...{ provider: part('*', 'a', 'A*'), serviceType: part('*', 's'), metric: part('*', 'x', 'y') },
      resource: part('*', 'x-Min', 'X-Max', 'x*-Max', '*-Min', 'y-Median'),
      ...{ meter: part('-', 'm', 'n', 'o'), unit: part('', 'h'), aggregate: part('sum', 'max') },
    });
    const refused = (rows: unknown[]): number => {
      try {
        return readRules(rows) && -1;
      } catch (error) {
        return Number(/rules\[(\d+)\]/.exec(String(error))?.[1]);
      }
    };
    holds(
      'the table of rules: is refused at the first row that would be refused together with one before it',
      fc.property(fc.array(row, { maxLength: 8 }), rows => {
        const isFirst = (later: unknown, index: number) =>
          rows.slice(0, index).some(one => refused([one, later]) === 1);
        assert.equal(refused(rows), rows.findIndex(isFirst));
      }),
      { numRuns: 1000 },
    );
  });

  it('is read with twenty thousand rules too', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => ({
      resource: `cpu${index}-Max`,
      meter: `m${index % 500}`,
    }));
    assert.equal(readRules(rows).length, 20_000);
  });
});

describe('patterns', () => {
  for (const [one, other, meet] of [
    ['a*', '*b', true],
    ['a*c', 'ab*', true],
    ['a*', 'b*', false],
    ['*', '', true],
    ['ab', 'AB', true],
    ['a*b', 'a*c', false],
  ] as const)
    it(`${one} and ${other} ${meet ? 'overlap' : 'do not overlap'}`, () => assert.equal(overlaps(one, other), meet));
  it('take letters that mean something in expressions as they are', () => {
    assert.ok(pattern('a.(b)*').test('A.(b)x'));
    assert.ok(!pattern('a.b').test('axb'));
  });
});
