import type Big from 'big.js';
import { Remembered } from '../../async/remembered';
import { pattern } from './pattern';
import type { WindowKind } from './window';

/** How values of one meter are put together within a window, or within one record where there is no window. */
export const aggregates = ['sum', 'max', 'min', 'last', 'average', 'unit-hours'] as const;
export type Aggregate = (typeof aggregates)[number];

/** A rule as it is saved: texts, `*` for any letters. */
export interface RuleRow {
  provider: string;
  serviceType: string;
  resource: string;
  metric: string;
  /** `-`: the metric is known and not billed. */
  meter: string;
  unit?: string;
  /** A decimal; what is billed is the value times this. */
  factor?: string;
  aggregate?: string;
  /** Of this meter alone; empty: as the node says. */
  window?: string;
}

/** A rule, ready to use. */
export interface MeterRule {
  readonly patterns: Pick<RuleRow, 'provider' | 'serviceType' | 'resource' | 'metric'>;
  /** `null`: not billed. */
  readonly meter: string | null;
  readonly unit: string | null;
  readonly factor: Big;
  readonly aggregate: Aggregate;
  readonly window: WindowKind | null;
}

/** What a rule is looked up by. */
export interface Measured {
  provider: string;
  serviceType: string;
  resource: string;
  metric: string;
}

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

/** Finds the rule for what was measured: the first that fits. A `*` never reaches the variants of one metric: billing
 *  all of them would bill it three times; only *not billed* may. */
export class RuleBook {
  private readonly tests: Array<{ rule: MeterRule; fits(measured: Measured): boolean }>;
  readonly #known = new Remembered<MeterRule | null>(10_000);

  constructor(readonly rules: readonly MeterRule[]) {
    this.tests = rules.map(rule => ({ rule, fits: testOf(rule) }));
  }

  find(measured: Measured): MeterRule | null {
    const key = `${measured.provider}\n${measured.serviceType}\n${measured.resource}\n${measured.metric}`;
    return this.#known.get(key, () => this.tests.find(({ fits }) => fits(measured))?.rule ?? null);
  }
}

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
