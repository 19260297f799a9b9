import assert from 'node:assert/strict';
import type { Report } from '../../../lib/report/report';
import { type Format, fileOf, writeReport } from '../../../lib/report/write';

const report: Report = {
  columns: ['tenant', 'quantity'],
  rows: [
    { tenant: 'Contoso, Ltd', quantity: '0.10' },
    { tenant: '=1+1', quantity: null },
  ],
  isWhole: false,
};
const metrics = [{ name: 'usage', help: 'Usage.', samples: [{ labels: { tenant: 'a' }, value: '0.10' }] }];
const write = (format: Format) => writeReport('usage', report, metrics, format);

describe('a report that leaves', () => {
  it('is its rows', () => {
    assert.deepEqual(write('objects'), { payload: report.rows, contentType: null });
  });

  for (const [format, text] of [
    ['csv', '\uFEFFtenant,quantity\r\n"Contoso, Ltd",0.10\r\n\'=1+1,\r\n'],
    ['csv-semicolon', '\uFEFFtenant;quantity\r\n"Contoso, Ltd";0.10\r\n\'=1+1;\r\n'],
  ] as const)
    it(`is a file for a spreadsheet as ${format}`, () => {
      assert.deepEqual(write(format), { payload: text, contentType: 'text/csv; charset=utf-8' });
    });

  it('is numbers for Prometheus, which say whether they are all', () => {
    const { payload, contentType } = write('prometheus');
    assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
    assert.deepEqual(String(payload).split('\n'), [
      '# HELP wap_billing_usage Usage.',
      '# TYPE wap_billing_usage gauge',
      'wap_billing_usage{tenant="a"} 0.10',
      '# HELP wap_billing_report_whole Whether the report has all, or was cut at its limit.',
      '# TYPE wap_billing_report_whole gauge',
      'wap_billing_report_whole{report="usage"} 0',
      '',
    ]);
  });

  const january = { from: '2026-01-01', to: '2026-01-31' };
  for (const [name, period, format, file] of [
    ['usage', january, 'csv', 'wap-billing-usage-2026-01-01-to-2026-01-31.csv'],
    ['usage', { from: '2026-01-01', to: '2026-01-01' }, 'csv-semicolon', 'wap-billing-usage-2026-01-01.csv'],
    ['deadLetters', { from: null, to: null }, 'csv', 'wap-billing-dead-letters.csv'],
    ['deadLetters', { from: '2026-01-01', to: null }, 'csv', 'wap-billing-dead-letters.csv'],
    ['usage', january, 'objects', undefined],
    ['usage', january, 'prometheus', undefined],
  ] as const)
    it(`of ${name} as ${format} is ${file ?? 'no file'}`, () => {
      assert.equal(fileOf('/reports', name, period, format)?.replace(/^.reports./, ''), file);
    });
});
