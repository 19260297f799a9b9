import type { JobResult } from './lane';

/** Resuming has to begin within this time after the flows started. */
export const resumeLimitMs = 5_000;

export const lateResumes = (results: JobResult[]): number =>
  results.flatMap(result => result.resumes).filter(({ flowsMs }) => flowsMs > resumeLimitMs).length;

/** Markdown: what was done how often, and how it ended. */
export function table(results: JobResult[]): string {
  const groups = new Map<string, JobResult[]>();
  for (const result of results) {
    const kind = kindOf(result);
    groups.set(kind, [...(groups.get(kind) ?? []), result]);
  }
  const rows = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, all]) => {
      const count = (of: (result: JobResult) => number) => all.reduce((sum, result) => sum + of(result), 0);
      return [
        kind,
        all.length,
        count(({ killed }) => killed.length),
        count(({ violations }) => (violations.length > 0 ? 1 : 0)),
      ];
    });
  const resumes = results.flatMap(result => result.resumes);
  const spread = (times: number[]) => {
    const sorted = [...times].sort((x, y) => x - y);
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return `median ${at(0.5)} ms, 99 % within ${at(0.99)} ms, slowest ${at(1)} ms`;
  };
  return [
    '| what | runs | kills | violations |',
    '| --- | --- | --- | --- |',
    ...rows.map(row => `| ${row.join(' | ')} |`),
    '',
    `${resumes.length} resumes, ${lateResumes(results)} of them later than ${resumeLimitMs} ms. After the flows started: ${spread(resumes.map(({ flowsMs }) => flowsMs))}.`,
    `After the start of the process: ${spread(resumes.map(({ processMs }) => processMs))}.`,
  ].join('\n');
}

function kindOf({ id, sale, killed }: JobResult): string {
  const what = id.slice(sale.length + 1);
  if (what.startsWith('point')) return `${sale}: one kill, every point`;
  if (what.startsWith('pair')) return `${sale}: a pair of points, ${killed.length} reached`;
  if (what.startsWith('mapping')) return `${sale}: the mapping at the end`;
  return `${sale}: ${what.replace(/ \d+ of seed.*$/, '')}`;
}
