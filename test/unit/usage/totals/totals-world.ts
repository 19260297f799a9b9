import { type UsageStep, usageTotals } from '../../../../lib/desk/usage';
import type { RebuildMark } from '../../../../lib/feeds/records/batch';
import type { Store } from '../../../../lib/state/port';
import type { Quantity } from '../../../../lib/usage/quantity';
import { countDelivered } from '../../../../lib/usage/totals/count';
import { Days } from '../../../../lib/usage/totals/days';
import type { StillClock } from '../../state/scratch';

export const scope = { installation: 'wap1', target: 'billing1' };

/** What a meter made of a record. */
export function aQuantity(recordId: number, more: Partial<Quantity> = {}): Quantity {
  const meter = more.meter ?? 'cpu';
  return {
    ...{ recordId, key: `wap1/usage/${recordId}/${meter}`, wapSubscriptionId: 's1', meter, unit: null, quantity: '1' },
    ...{ startTime: '2026-01-31T10:00:00.000Z', endTime: '2026-01-31T11:00:00.000Z', adjustment: false },
    properties: {},
    ...more,
  };
}

/** Totals of one billing target in a store. */
export class Counter {
  readonly #store: Store;
  readonly #clock: StillClock;
  readonly #target: string;
  constructor(store: Store, clock: StillClock, target = scope.target) {
    this.#store = store;
    this.#clock = clock;
    this.#target = target;
  }

  count(quantities: Quantity[], more: { zone?: string; rebuild?: RebuildMark } = {}): Promise<void> {
    const { zone = 'UTC', rebuild = null } = more;
    const counting = {
      scope: { ...scope, target: this.#target },
      days: new Days(zone),
      rebuild,
      now: this.#clock.now(),
    };
    return this.#store.transaction(tx => countDelivered(tx, quantities, counting));
  }

  /** As `period meter quantity`, with the unit and the zone where they are not the usual ones. */
  async totals(subscription?: string, by: UsageStep = 'day'): Promise<string[]> {
    const filter = { ...scope, target: this.#target, from: '0000-01-01', to: '9999-12-31', subscription };
    const rows = await usageTotals(this.#store, this.#clock, filter, by);
    return rows.map(({ period, meter, unit, quantity, zone }) =>
      [period, meter, quantity, unit, zone === 'UTC' ? '' : zone].filter(Boolean).join(' '),
    );
  }
}
