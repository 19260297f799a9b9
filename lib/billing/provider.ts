import type { Clock } from '../async/clock';
import type { HttpClient } from '../http/types';
import type { OptionFields } from './options';
import type { BillingCall, BillingProvider } from './port';
import type { BillingAuth, BillingSettings, Compile } from './settings';
import type { SubscriptionPort } from './subscription-port';
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

/** What became of a call that was tried. */
export interface TriedCall {
  method: string;
  /** With its query, below the address of the connection. */
  path: string;
  headers: Record<string, string>;
  /** As it goes out; `null`: none. */
  body: string | null;
  /** `null`: it would change something, so it was not sent. */
  answer: { status: number; headers: Record<string, string>; body: unknown } | null;
  /** What the template makes of the answer; `null`: nothing. */
  made: unknown;
  /** Why the answer cannot be used. */
  problem: string | null;
}

/** What every provider is given, so that limits, repeats, credentials and time are the same for all of them. */
export interface ProviderTools {
  http: HttpClient;
  clock: Clock;
  compile: Compile;
  /** Short name of this billing system in keys. */
  target: string;
}

/** What the dialog of `billing-connection` shows of a provider. */
export interface ProviderForm {
  /** The usual address, or what it looks like. */
  address: string;
  /** How one signs in; `null`: the operator chooses. */
  signIn: BillingAuth['kind'] | null;
  options: OptionFields;
}

/** One kind of billing system, as the table of providers knows it. */
export interface ProviderKind {
  form: ProviderForm;
  /** Makes no call. @throws INPUT_INVALID, BILLING_TEMPLATE naming the field */
  open(settings: BillingSettings, tools: ProviderTools): OpenedProvider;
  /** Credentials that stand in settings of this provider alone; no error and no log may show them. */
  secretsIn(settings: BillingSettings): string[];
}
