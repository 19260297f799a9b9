import type { UsagePage } from '../../state/usage-page';

/** Ascending ids as differences; empty when there is no gap, as nearly always. */
export function packIds(ids: readonly number[]): string {
  const first = ids[0] ?? 0;
  if ((ids.at(-1) ?? 0) - first === ids.length - 1) return '';
  return ids.map((id, index) => id - (ids[index - 1] ?? first)).join(',');
}

/** The ids of a page, ascending. */
export function idsOf({ firstId, total, ids }: Pick<UsagePage, 'firstId' | 'total' | 'ids'>): number[] {
  if (ids === '') return Array.from({ length: total }, (_, index) => firstId + index);
  let id = firstId;
  return ids.split(',').map(step => {
    id += Number(step);
    return id;
  });
}
