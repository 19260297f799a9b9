import type { UsageRow } from '../../../lib/desk/usage';
import { chart } from '../widgets/chart';
import { quantity } from '../widgets/format';
import { daysOf, dayText, type Period } from './period';

/** A meter with its unit, as people read it. */
export const meterName = ({ meter, unit }: UsageRow): string => (unit === '' ? meter : `${meter} (${unit})`);

/** The quantities of one meter, a bar a day; the exact numbers are in the table below. */
export function usageChart(rows: UsageRow[], period: Period, label: string) {
  const days = daysOf(period);
  const byDay = new Map<string, number>();
  for (const { period: day, quantity: text } of rows) byDay.set(day, (byDay.get(day) ?? 0) + Number(text));
  return chart({
    label,
    look: 'bars',
    times: days.map(day => Date.parse(`${day}T00:00`)),
    series: [{ label, values: days.map(day => byDay.get(day) ?? 0) }],
    timeText: at => dayText(new Date(at)),
    valueText: value => quantity(String(value)),
  });
}
