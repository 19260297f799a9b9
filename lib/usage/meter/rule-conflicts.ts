import { AdapterError } from '../../errors';
import { overlaps } from './pattern';
import { type MeterRule, namedVariant } from './rule';

/** A rule and where it stands in the table. */
interface Row {
  /** 1 is the first. */
  number: number;
  rule: MeterRule;
}

/** A rule for one of the `-Min`, `-Max` … of a metric. */
interface VariantRow extends Row {
  variant: string;
  stem: string;
}

/** Finds rules that would bill one metric in two ways. A row is compared only with earlier rows that share something with it, so
 *  that thousands of rows can be checked while somebody types. */
export class RuleConflicts {
  readonly #byPatterns = new Map<string, Row>();
  /** The first row of each meter; the others agree with it. */
  readonly #byMeter = new Map<string, Row>();
  readonly #byStem = new Map<string, VariantRow[]>();
  /** Rows whose stem has a star. */
  readonly #wild: VariantRow[] = [];

  /** Adds the next row. @throws INPUT_INVALID naming it and the earlier row that it contradicts */
  add(rule: MeterRule): void {
    const row = { number: this.#byPatterns.size + 1, rule };
    this.#checkPatterns(row);
    if (rule.meter === null) return;
    this.#checkMeter(row, rule.meter);
    const variant = namedVariant(rule.patterns.resource);
    if (variant !== null) this.#checkVariant({ ...row, variant, stem: stemOf(rule) });
  }

  /** Two rows with the same patterns: the second would never be found. */
  #checkPatterns(row: Row): void {
    const key = JSON.stringify(row.rule.patterns).toLowerCase();
    const before = this.#byPatterns.get(key);
    if (before)
      throw inTheWay(row, `fits the same as row ${before.number}`, 'Remove one of the two: the first would win.');
    this.#byPatterns.set(key, row);
  }

  /** Rows that fill one meter are added up in one window, so they must agree on how. */
  #checkMeter(row: Row, meter: string): void {
    const before = this.#byMeter.get(meter);
    if (!before) return void this.#byMeter.set(meter, row);
    const [field] = (['unit', 'aggregate', 'window'] as const).filter(name => row.rule[name] !== before.rule[name]);
    if (field)
      throw inTheWay(
        row,
        `differs from row ${before.number}, which fills the same meter`,
        'One meter has one unit, one aggregate and one window: name another meter.',
        field,
      );
  }

  /** Two aggregates of one metric, both billed, would bill the same use twice. */
  #checkVariant(row: VariantRow): void {
    const isWild = row.stem.includes('*');
    const same = this.#byStem.get(row.stem) ?? [];
    const candidates = isWild ? [...this.#byStem.values()].flat() : same;
    const before = [...candidates, ...this.#wild].find(other => isOtherVariant(row, other));
    if (before)
      throw inTheWay(
        row,
        `names another aggregate of the metric that row ${before.number} bills`,
        'Bill one of -Min, -Max, -Median and -Average, and write "-" as the meter of the others.',
        'resource',
      );
    if (isWild) this.#wild.push(row);
    else if (same.push(row) === 1) this.#byStem.set(row.stem, same);
  }
}

/** The metric's part of a resource such as `CPUAllocationCount-Max`. */
const stemOf = ({ patterns: { resource } }: MeterRule): string =>
  resource.slice(0, resource.lastIndexOf('-')).toLowerCase();

/** Both bill the same metric of a VM cloud, but each a different `-Min`, `-Max` … of it. */
function isOtherVariant(one: VariantRow, other: VariantRow): boolean {
  const [mine, theirs] = [one.rule.patterns, other.rule.patterns];
  return (
    one.variant !== other.variant &&
    overlaps(mine.provider, theirs.provider) &&
    overlaps(mine.serviceType, theirs.serviceType) &&
    overlaps(mine.metric, theirs.metric) &&
    overlaps(one.stem, other.stem)
  );
}

/** INPUT_INVALID naming the later of the two rows, and its column where it is one. */
function inTheWay({ number }: Row, problem: string, remedy: string, column?: string): AdapterError {
  const subject = `rules[${number - 1}]${column ? `.${column}` : ''}`;
  return AdapterError.advising('INPUT_INVALID', `Metering: ${subject} ${problem}. ${remedy}`, { subject });
}
