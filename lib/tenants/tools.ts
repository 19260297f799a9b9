import type { Clock } from '../async/clock';
import type { BillingCall } from '../billing/port';
import type { OpenedProvider } from '../billing/provider';
import type { Mapping } from '../mapping/mapping';
import type { WapConnection } from '../wap/connection';

/** What a tenant's subscription is followed with. */
export interface TenantTools {
  wap: Pick<WapConnection, 'installation' | 'subscriptions'>;
  billing: Pick<OpenedProvider, 'subscriptions' | 'provider'>;
  mapping: Mapping;
  clock: Clock;
  signal?: AbortSignal;
}

/** What every call to WAP or billing gets. */
export const callOf = ({ signal }: Pick<TenantTools, 'signal'>): BillingCall => (signal ? { signal } : {});
