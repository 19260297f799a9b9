import type { Clock } from '../async/clock';
import type { HttpClient } from '../http/types';
import type { BillingCall, BillingProvider } from './port';
import type { ProviderForm } from './provider-form';
import type { BillingSettings, Compile } from './settings';
import type { SubscriptionPort } from './subscription-port';
import type { TriedCall } from './tried-call';
import type { UsageSink } from './usage-port';

/** One billing system behind each of its ports. */
export interface OpenedProvider {
  /** Counterparts of plans and add-ons. */
  provider: BillingProvider;
  /** Takes metered usage. */
  usage: UsageSink;
  /** Counterparts of tenants' subscriptions. */
  subscriptions: SubscriptionPort;
  /** One call as the dialog tries it; left out where calls are no templates. */
  tryCall?(name: string, key: string, call?: BillingCall): Promise<TriedCall>;
}

/** What every provider is given, so that limits, repeats, credentials and time are the same for all of them. */
export interface ProviderTools {
  http: HttpClient;
  clock: Clock;
  compile: Compile;
  /** Short name of this billing system in keys. */
  target: string;
}

/** One kind of billing system, as the table of providers knows it. */
export interface ProviderKind {
  form: ProviderForm;
  /** Makes no call. @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
  open(settings: BillingSettings, tools: ProviderTools): OpenedProvider;
  /** Credentials that stand in settings of this provider alone; no error and no log may show them. */
  secretsIn(settings: BillingSettings): string[];
}
