import { join } from 'node:path';
import { csvHeader, csvLines } from '../desk/csv';
import type { Period } from './period';
import { type Metric, metricsText } from './prometheus';
import type { Report } from './report';

export const formats = ['objects', 'csv', 'csv-semicolon', 'prometheus'] as const;
export type Format = (typeof formats)[number];

/** A report as it leaves: rows, or a text with the type that an HTTP answer names. */
export interface Written {
  payload: unknown;
  /** Null for rows, which no HTTP answer carries as they are. */
  contentType: string | null;
}

/** `name`: of the report. `metrics`: the same in numbers. */
export function writeReport(name: string, report: Report, metrics: readonly Metric[], format: Format): Written {
  const { columns, rows, isWhole } = report;
  switch (format) {
    case 'objects':
      return { payload: rows, contentType: null };
    case 'csv':
    case 'csv-semicolon': {
      const separator = format === 'csv' ? ',' : ';';
      return {
        payload: csvHeader(columns, separator) + csvLines(columns, rows, separator),
        contentType: 'text/csv; charset=utf-8',
      };
    }
    case 'prometheus': {
      const whole = {
        ...{ name: 'report_whole', help: 'Whether the report has all, or was cut at its limit.' },
        samples: [{ labels: { report: name }, value: Number(isWhole) }],
      };
      return {
        payload: metricsText([...metrics, whole]),
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
      };
    }
  }
}

/** Names of reports in names of files, where they differ. */
const fileWords: Record<string, string> = { deadLetters: 'dead-letters' };

/** Where the file of a report belongs, such as `wap-billing-usage-2026-01-01-to-2026-01-31.csv` in the folder; null for formats
 *  that are not files. */
export function fileOf(folder: string, name: string, { from, to }: Period, format: Format): string | null {
  if (!format.startsWith('csv')) return null;
  const days = from === to ? [from] : [from, 'to', to];
  const isBounded = from !== null && to !== null;
  return join(folder, `${['wap-billing', fileWords[name] ?? name, ...(isBounded ? days : [])].join('-')}.csv`);
}
