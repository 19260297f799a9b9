import type Big from 'big.js';
import { Remembered } from '../../async/remembered';
import type { WindowKind } from '../calendar';
import { pattern } from './pattern';

/** How the values of one meter become one quantity, within a window or, without windows, within one record. */
export const aggregates = ['sum', 'max', 'min', 'last', 'average', 'unit-hours'] as const;
export type Aggregate = (typeof aggregates)[number];

/** A rule as a flow saves it: texts, with `*` for any letters. */
export interface RuleRow {
  provider: string;
  serviceType: string;
  /** WAP's `ResourceId`; of VM clouds it names metric and variant. */
  resource: string;
  metric: string;
  /** `-`: the metric is known and not billed. */
  meter: string;
  unit?: string;
  /** A decimal; what is billed is the value times this. */
  factor?: string;
  aggregate?: string;
  /** The window of this meter alone; empty: that of the node. */
  window?: string;
}

/** A rule, ready to use. */
export interface MeterRule {
  readonly patterns: Pick<RuleRow, 'provider' | 'serviceType' | 'resource' | 'metric'>;
  /** `null`: not billed. */
  readonly meter: string | null;
  readonly unit: string | null;
  /** Above 0; values are multiplied by it before they are added up. */
  readonly factor: Big;
  readonly aggregate: Aggregate;
  /** `null`: that of the node. */
  readonly window: WindowKind | null;
}

/** What a rule is looked up by. */
export interface Measured {
  provider: string;
  serviceType: string;
  resource: string;
  metric: string;
}

/** In small letters; as the end of a resource, behind a `-`. */
const variants = ['min', 'max', 'median', 'average'];

/** VM clouds send one metric several times, as `<metric>-Min`, `<metric>-Max` …: which of them this is. Source: SPF. */
export function variantOf({ resource, metric }: Pick<Measured, 'resource' | 'metric'>): string | null {
  const name = resource.toLowerCase();
  return variants.find(word => name === `${metric.toLowerCase()}-${word}`) ?? null;
}

/** The variant that a rule's resource names. */
export function namedVariant(resource: string): string | null {
  return variants.find(word => resource.toLowerCase().endsWith(`-${word}`)) ?? null;
}

/** Finds the rule for what was measured: the first that fits. A `*` never matches the `-Min`, `-Max` … of one metric, because
 *  that would bill it three times; only a rule for *not billed* may. */
export class RuleBook {
  readonly #tests: Array<{ rule: MeterRule; fits(measured: Measured): boolean }>;
  readonly #known = new Remembered<MeterRule | null>(10_000);

  constructor(readonly rules: readonly MeterRule[]) {
    this.#tests = rules.map(rule => ({ rule, fits: testOf(rule) }));
  }

  /** `null`: no rule knows the metric, which is not the same as a rule that says *not billed*. */
  find(measured: Measured): MeterRule | null {
    const key = `${measured.provider}\n${measured.serviceType}\n${measured.resource}\n${measured.metric}`;
    return this.#known.get(key, () => this.#tests.find(({ fits }) => fits(measured))?.rule ?? null);
  }
}

/** Patterns are prepared once a rule, because every record is tested against many. */
function testOf({ patterns, meter }: MeterRule): (measured: Measured) => boolean {
  const [provider, serviceType, resource, metric] = [
    pattern(patterns.provider),
    pattern(patterns.serviceType),
    pattern(patterns.resource),
    pattern(patterns.metric),
  ];
  const named = namedVariant(patterns.resource);
  return measured => {
    const variant = variantOf(measured);
    if (variant !== null && variant !== named && meter !== null) return false;
    return (
      provider.test(measured.provider) &&
      serviceType.test(measured.serviceType) &&
      resource.test(measured.resource) &&
      metric.test(measured.metric)
    );
  };
}
