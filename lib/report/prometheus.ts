import type { CsvRow } from '../desk/csv';

/** A gauge with its samples; `null` is left out. Names get the prefix `wap_billing_`. */
export interface Metric {
  name: string;
  help: string;
  samples: Sample[];
}

/** One value of a metric, told from the others by its labels; empty ones are left out. */
interface Sample {
  labels: Record<string, string | number | boolean | null>;
  /** A decimal text keeps its digits. */
  value: number | string | null;
}

/** The text that Prometheus reads (exposition format 0.0.4). */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics.map(metricText).join('');
}

/** A metric without samples keeps its head, so that it is known to exist. */
function metricText({ name, help, samples }: Metric): string {
  const full = `wap_billing_${name}`;
  const lines = samples.flatMap(({ labels, value }) =>
    value === null ? [] : [`${full}${labelsText(labels)} ${value}`],
  );
  return [`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, ...lines].map(line => `${line}\n`).join('');
}

function labelsText(labels: Sample['labels']): string {
  const given = Object.entries(labels).filter(([, value]) => value !== null && value !== '');
  return given.length === 0 ? '' : `{${given.map(([name, value]) => `${name}="${escaped(String(value))}"`).join(',')}}`;
}

/** As the exposition format has it; a carriage return would end the line for some readers. */
const escaped = (text: string): string => text.replace(/[\\"]/g, '\\$&').replaceAll('\r', ' ').replaceAll('\n', '\\n');

/** Rows as one metric: those that share the values of `labels` are one sample, their count. */
export function countedBy(labels: readonly string[], rows: readonly CsvRow[]): Sample[] {
  const samples = new Map<string, { labels: Sample['labels']; value: number }>();
  for (const row of rows) {
    const picked = Object.fromEntries(labels.map(label => [label, row[label] ?? null]));
    const key = JSON.stringify(picked);
    const sample = samples.get(key) ?? { labels: picked, value: 0 };
    samples.set(key, sample);
    sample.value += 1;
  }
  return [...samples.values()];
}

/** Rows as one metric, a sample each. */
export const eachOf = (labels: readonly string[], value: string, rows: readonly CsvRow[]): Sample[] =>
  rows.map(row => {
    const found = row[value];
    return {
      labels: Object.fromEntries(labels.map(label => [label, row[label] ?? null])),
      value: typeof found === 'boolean' ? null : (found ?? null),
    };
  });
