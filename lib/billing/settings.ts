import type { Clock } from '../async/clock';
import type { HttpSettings } from '../http/types';

/** How a billing system knows us. */
export type BillingAuth =
  | { kind: 'none' }
  | { kind: 'basic'; user: string; password: string }
  | { kind: 'bearer'; token: string }
  | { kind: 'header'; name: string; value: string };

/** What a billing connection is opened with; plain data, except what TLS brings along. */
export interface BillingSettings {
  /** A name in the table of providers. */
  provider: string;
  /** Short name that keys of stored rows begin with; default: host and port of the address. */
  target?: string;
  http: HttpSettings;
  auth: BillingAuth;
  /** Header that makes billing execute a repeated create once; left out where it has none. */
  idempotencyHeader?: string;
  /** What this provider wants to know besides, by name (`ProviderForm.options`). */
  options?: Readonly<Record<string, unknown>>;
  /** The credential that some systems want beside the sign-in. */
  secondSecret?: string;
  /** Of provider `rest`: `RestTemplates`, checked when the connection opens. Default: those of the billing simulator. */
  templates?: object;
  /** Values that came into the templates from outside and may be secret. */
  secrets?: readonly string[];
}

/** A compiled JSONata expression. Bindings are its `$name` variables. */
export type Evaluate = (data: unknown, bindings?: Record<string, unknown>) => Promise<unknown>;

/** Compiles JSONata; throws on bad syntax. Passed in, so that lib needs no JSONata of its own. */
export type Compile = (expression: string) => Evaluate;

/** What the caller brings: JSONata, and time. */
export interface BillingTools {
  compile: Compile;
  clock?: Clock;
  /** Providers that other packages bring, as they register them (`ProviderPlugin`). */
  plugins?: readonly unknown[];
}
