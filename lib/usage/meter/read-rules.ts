import { AdapterError, shapeOf } from '../../errors';
import { wordOf } from '../../words';
import { windowKinds } from '../calendar';
import { Decimal, readDecimal } from '../decimal';
import { aggregates, type MeterRule } from './rule';
import { RuleConflicts } from './rule-conflicts';

/** Letters: two patterns are compared in the product of their lengths. */
const longestPattern = 400;

/** Reads the table of rules, a list of `RuleRow`. Where a row leaves something out it means `*`, `sum` or 1.
 *  @throws INPUT_INVALID naming the row, also when two rules would bill one metric in two ways */
export function readRules(given: unknown): MeterRule[] {
  if (!Array.isArray(given)) throw invalid('rules', `is ${shapeOf(given)}`, 'Give a list of rules.');
  const rules = given.map((row: unknown, index) => readRule(row, `rules[${index}]`));
  const conflicts = new RuleConflicts();
  for (const rule of rules) conflicts.add(rule);
  return rules;
}

/** One row; `field` names it in errors. @throws INPUT_INVALID */
function readRule(row: unknown, field: string): MeterRule {
  if (typeof row !== 'object' || row === null) throw invalid(field, `is ${shapeOf(row)}`, 'Give an object.');
  const given: Record<string, unknown> = { ...row };
  const text = (name: string, fallback: string): string => {
    const value = given[name] ?? '';
    if (typeof value !== 'string') throw invalid(`${field}.${name}`, `is ${shapeOf(value)}`, 'Write a text.');
    return value.trim() === '' ? fallback : value.trim();
  };
  const meter = text('meter', '');
  if (meter === '') throw invalid(`${field}.meter`, 'is empty', 'Name the meter, or write "-" for "not billed".');
  if (meter.length > 100) throw invalid(`${field}.meter`, `is ${shapeOf(meter)}`, 'Use up to 100 letters.');
  const factor = readDecimal(text('factor', '1'));
  if ('reason' in factor || factor.lte(0))
    throw invalid(`${field}.factor`, 'is not a decimal above 0', 'Write it like 0.001, with "." as its point.');
  const aggregate = wordOf(aggregates, text('aggregate', 'sum'));
  if (!aggregate) throw invalid(`${field}.aggregate`, 'is not known', `Use ${aggregates.join(', ')}.`);
  const window = wordOf(['', ...windowKinds], text('window', ''));
  if (window === undefined)
    throw invalid(`${field}.window`, 'is not known', `Use ${windowKinds.join(', ')}, or leave it empty.`);
  const pattern = (name: string): string => {
    const value = text(name, '*');
    if (value.length > longestPattern)
      throw invalid(`${field}.${name}`, `is ${shapeOf(value)}`, `Use up to ${longestPattern} letters.`);
    return value.replace(/\*+/g, '*');
  };
  return {
    patterns: {
      provider: pattern('provider'),
      serviceType: pattern('serviceType'),
      resource: pattern('resource'),
      metric: pattern('metric'),
    },
    meter: meter === '-' ? null : meter,
    unit: text('unit', '') || null,
    factor: new Decimal(factor),
    aggregate,
    window: window === '' ? null : window,
  };
}

/** INPUT_INVALID naming row and column. */
function invalid(field: string, problem: string, remedy: string): AdapterError {
  return AdapterError.advising('INPUT_INVALID', `Metering: ${field} ${problem}. ${remedy}`, { subject: field });
}
