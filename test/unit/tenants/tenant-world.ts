import { Mapping } from '../../../lib/mapping/mapping';
import type { TenantTools } from '../../../lib/tenants/tools';
import type { Open, UsageEvent } from '../../../lib/wap/types';
import type { BillingSimulatorOptions } from '../../../simulator/billing/options';
import type { WapSimulatorOptions } from '../../../simulator/wap/options';
import { type BillingWorld, type BillingWorldOptions, billingWorld } from '../billing/billing-world';
import { StillClock, scratchStore } from '../state/scratch';
import { startWorld, type World } from '../wap/world';

const gold = { Id: 'gold', DisplayName: 'Gold', State: 1 };
const silver = { Id: 'silver', DisplayName: 'Silver', State: 1 };
const extra = { Id: 'extra', DisplayName: 'Extra', MaxOccurrencesPerPlan: 5 };
const link = { AddOnId: 'extra', AddOnInstanceId: null, AcquisitionTime: null };

/** WAP, billing and a store; two plans and an add-on are for sale and mapped. */
export interface TenantWorld {
  wap: World;
  billing: BillingWorld;
  tools: TenantTools;
  mapping: Mapping;
  close(): Promise<void>;
}

export async function tenantWorld(
  options: {
    wap?: WapSimulatorOptions;
    billing?: BillingSimulatorOptions;
    templates?: BillingWorldOptions['templates'];
    mapped?: boolean;
  } = {},
): Promise<TenantWorld> {
  const wap = await startWorld(options.wap);
  const store = await scratchStore(new StillClock());
  const { billing: simulator, templates } = options;
  const billing = await billingWorld({
    clock: wap.clock,
    ...(simulator ? { simulator } : {}),
    ...(templates ? { templates } : {}),
  });
  wap.sim.seed({ addons: [extra], plans: [{ ...gold, AddOnReferences: [link] }, silver] });
  const offers = ['gold', 'silver', 'extra'].map(key => ({ key, name: key, state: 'active' as const }));
  billing.simulator.seed({ offers });
  const scope = { installation: wap.wap.installation, target: billing.connection.target };
  const mapping = new Mapping(store, wap.clock, scope);
  if (options.mapped !== false) {
    for (const { key, id } of billing.simulator.state.offers) {
      await mapping.store.transaction(tx =>
        mapping.put(tx, { kind: key === 'extra' ? 'addon' : 'plan', wapId: key, billingId: id }, { by: 'test' }),
      );
    }
  }
  return {
    ...{ wap, billing, mapping },
    tools: { wap: wap.wap, billing: billing.connection, mapping, clock: wap.clock },
    close: async () => {
      await Promise.all([wap.close(), billing.close()]);
    },
  };
}

export function anEvent(EventId: number, Method: string, Entity: Open, more: Partial<UsageEvent> = {}): UsageEvent {
  const second = String(EventId % 60).padStart(2, '0');
  const time = `2026-02-01T00:00:${second}.143`;
  return { EventId, State: 0, Method, Entity, EntityParentId: null, NotificationEventTimeCreated: time, ...more };
}
