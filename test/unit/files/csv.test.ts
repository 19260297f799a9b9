import assert from 'node:assert/strict';
import fc from 'fast-check';
import { csvRecord, guardCell, parseCsv, unguardCell } from '../../../lib/files/csv';
import { holds } from '../../harness/property';

const cellsOf = (text: string) => parseCsv(text).records.map(record => record.cells);

describe('CSV', () => {
  for (const [title, text, cells] of [
    [
      'CRLF, LF and CR',
      'a,b\r\nc,d\ne,f\rg,h',
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
        ['g', 'h'],
      ],
    ],
    [
      'semicolons',
      'a;b\r\n"c;1";2,5\r\n',
      [
        ['a', 'b'],
        ['c;1', '2,5'],
      ],
    ],
    [
      'tabs',
      'a\tb\n1\t2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a byte order mark',
      '\uFEFFa,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ["Excel's separator line", 'sep=;\r\na;b,c\r\n', [['a', 'b,c']]],
    [
      'quotes, separators and line breaks in quotes',
      'a,b\n"x ""y"", z","1\r\n2"',
      [
        ['a', 'b'],
        ['x "y", z', '1\r\n2'],
      ],
    ],
    [
      'empty cells',
      'a,b,c\n,,x\n"",y,',
      [
        ['a', 'b', 'c'],
        ['', '', 'x'],
        ['', 'y', ''],
      ],
    ],
    [
      'no blank lines',
      'a,b\n\n,\n1,2\n\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a quote inside a cell',
      'a,b\n5" disk,x',
      [
        ['a', 'b'],
        ['5" disk', 'x'],
      ],
    ],
  ] as const) {
    it(`reads ${title}`, () => assert.deepEqual(cellsOf(text), cells));
  }

  it('counts lines through quoted line breaks', () => {
    const lines = parseCsv('a,b\r\n"1\r\n2\n3",x\r\n\r\ny,z').records.map(record => record.line);
    assert.deepEqual(lines, [1, 2, 6]);
  });

  it('names the line of a quote that is never closed', () => {
    assert.deepEqual(parseCsv('a,b\n1,"2\n3').broken, { line: 2, problem: 'a quote is opened and never closed' });
  });

  it('names the line of text after a closing quote', () => {
    assert.deepEqual(parseCsv('a,b\n1,"2"x\n3').broken, { line: 2, problem: 'there is text after a closing quote' });
  });

  for (const [text, guarded] of [
    ['=1+1', "'=1+1"],
    ['+49', "'+49"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =1', "' =1"],
    ['\t=1', "'\t=1"],
    ["'=1", "''=1"],
    ["it's", "it's"],
    ["'quoted'", "'quoted'"],
    ['a=b', 'a=b'],
  ] as const) {
    it(`writes ${JSON.stringify(text)} as ${JSON.stringify(guarded)}, and back`, () => {
      assert.equal(guardCell(text), guarded);
      assert.equal(unguardCell(guarded), text);
    });
  }

  it('reads what it writes, any text, with every separator', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'\'"=,;\t\r\n x') }));
    const separator = fc.constantFrom(',' as const, ';' as const, '\t' as const);
    holds(
      'CSV: reads what it writes, any text, with every separator',
      fc.property(fc.array(fc.tuple(text, text)), separator, (rows, mark) => {
        const written = rows.map(cells => csvRecord(cells.map(guardCell), mark)).join('');
        const read = cellsOf(csvRecord(['left', 'right'], mark) + written).slice(1);
        const filled = rows.filter(cells => cells.some(cell => cell !== ''));
        assert.deepEqual(
          read.map(cells => cells.map(unguardCell)),
          filled,
        );
      }),
      { numRuns: 500 },
    );
  });
});
