import type { Clock } from '../async/clock';
import type { HttpSettings } from '../http/types';
import type { Compile } from './rest/expression';
import type { RestTemplates } from './rest/templates';

/** How a billing system knows us. */
export type BillingAuth =
  | { kind: 'none' }
  | { kind: 'basic'; user: string; password: string }
  | { kind: 'bearer'; token: string }
  | { kind: 'header'; name: string; value: string };

/** What a billing connection needs; plain data, except what TLS brings along. */
export interface BillingSettings {
  /** A name in the table of providers. */
  provider: string;
  /** Short name that keys of stored rows begin with; default: host and port of the address. */
  target?: string;
  http: HttpSettings;
  auth: BillingAuth;
  /** Header that makes billing execute a repeated create once; left out where it has none. */
  idempotencyHeader?: string;
  /** Default: the templates that fit the billing simulator. */
  templates?: RestTemplates;
  /** Values that came into the templates from outside and may be secret. */
  secrets?: readonly string[];
}

/** What the surroundings bring: JSONata, and time. */
export interface BillingTools {
  compile: Compile;
  clock?: Clock;
}
