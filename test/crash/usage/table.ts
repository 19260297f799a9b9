import type { Delivery } from './world';

export type UsageResult = Omit<Delivery, 'lost' | 'twice' | 'wrong'> & {
  id: string;
  what: string;
  planned: number;
  lost: number;
  twice: number;
  wrong: number;
  /** Some of what is wrong, or why the run could not be judged. */
  evidence: string[];
  isJudged: boolean;
};

export const isRight = ({ lost, twice, wrong, isJudged }: UsageResult): boolean =>
  isJudged && lost + twice + wrong === 0;

/** Markdown: what was done how often, and how it ended. */
export function usageTable(results: readonly UsageResult[]): string {
  const judged = results.filter(({ isJudged }) => isJudged);
  const kinds = [...new Set(judged.map(({ what }) => what))];
  const rowOf = (name: string, of: readonly UsageResult[]) => {
    const sum = (field: 'records' | 'quantities' | 'kills' | 'lost' | 'twice' | 'wrong') =>
      of.reduce((total, result) => total + result[field], 0);
    const numbers = [
      of.length,
      sum('records'),
      sum('quantities'),
      sum('kills'),
      sum('lost'),
      sum('twice'),
      sum('wrong'),
    ];
    return `| ${[name, ...numbers].join(' | ')} |`;
  };
  return [
    '| what | runs | records | quantities | kills | lost | billed twice | wrong quantity |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...kinds.map(kind =>
      rowOf(
        kind,
        judged.filter(({ what }) => what === kind),
      ),
    ),
    rowOf('**all**', judged),
    '',
    `${results.length - judged.length} runs could not be judged.`,
  ].join('\n');
}
