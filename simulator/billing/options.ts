import type { SimulatorClock } from '../clock';
import type { Faults } from '../faults';
import type { SimulatorTls } from '../listen';
import type { RequestLog } from '../log';
import type {
  SeedBilledSubscription,
  SimulatedSubscription,
  TotalsQuery,
  UsageIntakeOptions,
  UsageTotal,
} from './usage-options';

/** How long after its creation an offer shows; `never` plays the billing system that lost it. */
export type OfferDelay = number | 'never';

/** The first rule whose pattern fits the offer's name decides. */
export interface OfferDelayRule {
  pattern: RegExp;
  delayMs: OfferDelay;
}

export interface BillingSimulatorOptions {
  /** `0` takes a free one; default 30100. */
  port?: number;
  /** The bearer token; default: made at random, see `BillingSimulator.token`. */
  token?: string;
  rules?: OfferDelayRule[];
  /** For offers that no rule fits; default 0. */
  offerDelayMs?: OfferDelay;
  usage?: UsageIntakeOptions;
  /** Seed of the remote ids; default 1. */
  seed?: number;
  clock?: SimulatorClock;
  tls?: SimulatorTls;
  /** Load this file at the start, when it exists, and save to it after every change. */
  stateFile?: string;
  log?: RequestLog;
}

export type SimulatedOfferState = 'draft' | 'active' | 'retired';

/** An offer as the API shows it; unknown fields sent are kept. */
export interface SimulatedOffer {
  [field: string]: unknown;
  /** Billing's own id. */
  id: string;
  key: string;
  name: string;
  kind: string;
  price: string | null;
  description: string | null;
  state: SimulatedOfferState;
  /** Counts the changes of its content. */
  version: number;
}

/** One usage record that was accepted, as it was sent. */
export interface LedgerRecord {
  [field: string]: unknown;
  id: string;
}

/** An offer with when it shows. */
export interface HeldOffer {
  offer: SimulatedOffer;
  createdAt: number;
  /** Milliseconds UTC; `null`: never. */
  visibleAt: number | null;
}

export interface BillingState {
  /** Every offer, visible or not, in the order of creation. */
  offers: SimulatedOffer[];
  /** From when on an offer shows, by its key; `null`: never. */
  visibleAt: Record<string, number | null>;
  subscriptions: SimulatedSubscription[];
  /** Empty when only a digest is kept. */
  ledger: LedgerRecord[];
}

export interface SeedOffer {
  [field: string]: unknown;
  key: string;
  name: string;
  kind?: string;
  state?: SimulatedOfferState;
}

/** Offers that are there, and visible, from the beginning; rules are put before the known ones. */
export interface BillingSeed {
  offers?: SeedOffer[];
  rules?: OfferDelayRule[];
  subscriptions?: SeedBilledSubscription[];
}

/** A running billing system. */
export interface BillingSimulator {
  /** On 127.0.0.1, without a slash at the end. */
  url: string;
  token: string;
  /** A copy, made at each reading. */
  readonly state: BillingState;
  faults: Faults;
  log: RequestLog;
  /** Exact sums over everything accepted. */
  totals(query?: TotalsQuery): UsageTotal[];
  seed(seed: BillingSeed): void;
  save(file: string): void;
  /** Replaces everything by what the file holds. Throws when there is no such file. */
  load(file: string): void;
  close(): Promise<void>;
}
